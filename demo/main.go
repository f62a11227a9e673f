// Demo is a small shop that serves customers of its own making, and makes one
// of five mistakes when told to. It exists to be profiled.
//
//	go run . -addr 127.0.0.1:6060
//	curl -X POST 'http://127.0.0.1:6060/fault?name=map-growth&on=1'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"whygo.dev/agent"

	"whygo.dev/demo/internal/cart"
	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/fault"
	"whygo.dev/demo/internal/inventory"
	"whygo.dev/demo/internal/load"
	"whygo.dev/demo/internal/orders"
	"whygo.dev/demo/internal/payment"
	"whygo.dev/demo/internal/pricing"
	"whygo.dev/demo/internal/search"
	"whygo.dev/demo/internal/shop"
	"whygo.dev/demo/internal/warehouse"
)

type options struct {
	addr       string
	faults     []*fault.Fault
	faultAfter time.Duration
	products   int
	loadRate   float64
	blockRate  int
	mutexRate  int
	maxHeap    int64
}

func main() {
	log.SetFlags(log.Ltime)
	log.SetPrefix("shop: ")
	opts, err := parseFlags(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = run(ctx, opts, func(base string) { fmt.Printf("listening %s\n", base) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func parseFlags(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("shop", flag.ContinueOnError)
	f.StringVar(&o.addr, "addr", "127.0.0.1:6060", "`host:port` of the shop, /debug/pprof and /debug/metrics; port 0 takes a free one")
	faults := f.String("fault", os.Getenv("SHOP_FAULT"), "faults to make, separated by commas: "+strings.Join(fault.Names(), ", ")+" (default $SHOP_FAULT)")
	f.DurationVar(&o.faultAfter, "fault-after", 0, "make the faults only after this time")
	f.IntVar(&o.products, "products", 4000, "size of the catalog")
	f.Float64Var(&o.loadRate, "load", 1, "how busy the customers are; 0 sends them home")
	f.IntVar(&o.blockRate, "block-rate", 10_000, "runtime.SetBlockProfileRate, in nanoseconds; 0 is off")
	f.IntVar(&o.mutexRate, "mutex-fraction", 10, "runtime.SetMutexProfileFraction; 0 is off")
	f.Int64Var(&o.maxHeap, "max-heap", 1<<30, "switch all faults off when the heap has more than this many `bytes`")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("what is %q? see -help", f.Arg(0))
	}
	if o.products < 1 || o.loadRate < 0 {
		return o, errors.New("-products must be positive, and -load not negative")
	}
	var err error
	o.faults, err = fault.ParseList(*faults)
	return o, err
}

// run serves until ctx ends. It calls started with the shop's base URL once
// requests are answered.
func run(ctx context.Context, o options, started func(base string)) error {
	agent.SetRates(o.blockRate, o.mutexRate)

	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("%w (choose another address with -addr)", err)
	}
	goods, err := warehouse.Listen(12 * time.Millisecond)
	if err != nil {
		return err
	}
	defer goods.Close()

	articles := catalog.New(o.products, 1)
	book := orders.NewBook(4)
	defer book.Close()
	s := &shop.Shop{
		Catalog: articles,
		Search:  search.NewService(articles.All(), 256),
		Carts:   cart.NewStore(),
		Pricing: pricing.NewEngine(),
		Stock:   inventory.NewStock(articles.All(), warehouse.NewClient(goods.Addr(), 16)),
		Gateway: payment.NewGateway(100 * time.Millisecond),
		Book:    book,
	}
	customers := http.NewServeMux()
	s.Register(customers)
	server := &http.Server{Handler: routes(customers), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	base := "http://" + reachable(listener.Addr())
	started(base)

	go startFaults(ctx, o)
	go guardHeap(ctx, o.maxHeap)
	away := make(chan struct{}) // closed when the last customer has left
	go func() {
		defer close(away)
		if o.loadRate > 0 {
			load.New(base, articles.Len()).Run(ctx, o.loadRate)
		}
	}()

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	<-away
	grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		// A profile that is being taken may outlast the grace period.
		return server.Close()
	}
	return nil
}

// reachable returns an address that a client on this machine can dial.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
}

// routes puts the shop beside what it shows of itself. The default mux has
// /debug/pprof and /debug/metrics, registered by their packages.
func routes(customers *http.ServeMux) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", shop.WithUser(agent.Labels(customers)))
	mux.Handle("/fault", fault.Handler())
	mux.Handle("/debug/", http.DefaultServeMux)
	return mux
}

func startFaults(ctx context.Context, o options) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(o.faultAfter):
	}
	for _, f := range o.faults {
		f.Switch(true)
		log.Printf("fault %s: on", f.Name)
	}
}
