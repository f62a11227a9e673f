package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"whygo.dev/demo/internal/catalog"
	"whygo.dev/demo/internal/fault"
	"whygo.dev/demo/internal/inventory"
	"whygo.dev/demo/internal/load"
	"whygo.dev/demo/internal/payment"
	"whygo.dev/demo/internal/search"
)

// startShop runs a shop without customers and returns its base URL.
func startShop(t *testing.T) string {
	t.Helper()
	o, err := parseFlags([]string{"-addr", "127.0.0.1:0", "-load", "0", "-products", "200"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	base := make(chan string, 1)
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o, func(b string) { base <- b }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the shop ended with: %v", err)
		}
	})
	select {
	case b := <-base:
		return b
	case err := <-ended:
		ended <- nil
		t.Fatalf("the shop did not start: %v", err)
	}
	return ""
}

func fetch(t *testing.T, method, url, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-User", "7")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text
}

func TestACustomerCanFindAndBuySomething(t *testing.T) {
	base := startShop(t)
	steps := []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"GET", "/products?facets=1&sort=newest&stars=2&category=garden", "", 200, `"facets":[`},
		{"GET", "/products?page=-1", "", 400, "page"},
		{"GET", "/product?id=5", "", 200, `"sku":"SKU-000005"`},
		{"GET", "/product?id=999999", "", 404, ""},
		{"GET", "/search?q=steel", "", 200, `"results":[{`},
		{"POST", "/checkout", "", 409, "empty"},
		{"POST", "/cart/add", `{"product":5,"quantity":0}`, 400, ""},
		{"POST", "/cart/add", `{"product":5,"quantity":2}`, 200, `"lines":1`},
		{"POST", "/checkout", "", 200, `"order":1`},
		{"GET", "/report", "", 200, `"orders":1`},
		{"GET", "/debug/pprof/goroutine?debug=1", "", 200, "goroutine profile"},
		{"GET", "/debug/metrics", "", 200, "go_sched_goroutines_goroutines "},
	}
	for _, s := range steps {
		status, body := fetch(t, s.method, base+s.path, s.body)
		if status != s.status || !bytes.Contains(body, []byte(s.contains)) {
			t.Errorf("%s %s: %d %.200s; want %d and %q", s.method, s.path, status, body, s.status, s.contains)
		}
	}
}

func TestWorkIsLabelledWithEndpointAndUser(t *testing.T) {
	catalogOnly := http.NewServeMux()
	var labels string
	catalogOnly.HandleFunc("GET /products", func(w http.ResponseWriter, r *http.Request) {
		pprof.ForLabels(r.Context(), func(key, value string) bool {
			labels += key + "=" + value + ";"
			return true
		})
	})
	request := httptest.NewRequest(http.MethodGet, "/products?page=1", nil)
	request.Header.Set("X-User", "7")
	routes(catalogOnly).ServeHTTP(httptest.NewRecorder(), request)
	if want := "endpoint=GET /products;user_id=7;"; labels != want {
		t.Errorf("the labels are %s, want %s", labels, want)
	}
}

func TestTheCustomersKeepToTheirRateAndGetTheirAnswers(t *testing.T) {
	base := startShop(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	customers := load.New(base, 200)
	customers.Run(ctx, 0.5)
	// 165 a second on average; a busy machine may do fewer.
	if sent, failed := customers.Counts(); sent == 0 || sent > 400 || failed != 0 {
		t.Errorf("%d requests sent, %d of them failed", sent, failed)
	}
}

func TestFaultsAreSwitchedOverHTTP(t *testing.T) {
	base := startShop(t)
	if status, _ := fetch(t, "POST", base+"/fault?name=no-such&on=1", ""); status != 404 {
		t.Errorf("an unknown fault: %d, want 404", status)
	}
	if status, _ := fetch(t, "POST", base+"/fault?name=map-growth&on=perhaps", ""); status != 400 {
		t.Errorf("an unclear state: %d, want 400", status)
	}
	for _, on := range []bool{true, false} {
		status, body := fetch(t, "POST", fmt.Sprintf("%s/fault?name=map-growth&on=%t", base, on), "")
		if status != 200 {
			t.Fatalf("on=%t: %d %s", on, status, body)
		}
		var states []struct {
			Name  string
			On    bool
			Where fault.Line
		}
		if err := json.Unmarshal(body, &states); err != nil {
			t.Fatal(err)
		}
		if len(states) != 5 {
			t.Errorf("%d faults, want 5", len(states))
		}
		for _, s := range states {
			if s.On != (on && s.Name == "map-growth") || s.Where.Line == 0 {
				t.Errorf("after on=%t: %+v", on, s)
			}
		}
	}
}

// slowWarehouse takes as long as a real one.
type slowWarehouse struct{}

func (slowWarehouse) Reserve(string, int) error {
	time.Sleep(5 * time.Millisecond)
	return nil
}

// Each fault is made for a moment, and the profile that shows it must have
// the marked function and line: nobody has to believe the marks.
func TestProfilesPointAtTheMarkedLine(t *testing.T) {
	runtime.SetMutexProfileFraction(1)
	runtime.MemProfileRate = 1
	articles := catalog.New(300, 1)
	stock := inventory.NewStock(articles.All(), slowWarehouse{})
	finder := search.NewService(articles.All(), 8)
	gateway := payment.NewGateway(10 * time.Millisecond)
	together := func(n int, f func()) {
		var wg sync.WaitGroup
		for range n {
			wg.Add(1)
			go func() {
				defer wg.Done()
				f()
			}()
		}
		wg.Wait()
	}
	cases := []struct {
		name    string
		profile string
		work    func()
	}{
		{"alloc-churn", "allocs", func() { articles.CountFacets(articles.All()) }},
		{"map-growth", "heap", func() {
			for _, word := range catalog.Words() {
				if _, err := finder.Find(word); err != nil {
					t.Error(err)
				}
			}
		}},
		{"lock-over-io", "mutex", func() {
			together(8, func() {
				if err := stock.Reserve(articles.Get(1), 1); err != nil {
					t.Error(err)
				}
			})
		}},
		{"abandoned-send", "goroutine", func() {
			together(60, func() { _, _ = gateway.Authorize(context.Background(), 1) })
			time.Sleep(50 * time.Millisecond) // until the late answers have come
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, err := fault.Lookup(c.name)
			if err != nil {
				t.Fatal(err)
			}
			if profileHas(t, c.profile, f.Where) {
				t.Fatal("the healthy shop has the line in its profile")
			}
			f.Switch(true)
			defer f.Switch(false)
			c.work()
			if !profileHas(t, c.profile, f.Where) {
				t.Errorf("the %s profile does not have %+v", c.profile, f.Where)
			}
		})
	}
}

// profileHas looks for a line "#	0x… function+0x…	file:line".
func profileHas(t *testing.T, profile string, where fault.Line) bool {
	t.Helper()
	runtime.GC() // heap profiles are as of the last finished collection
	runtime.GC()
	var text bytes.Buffer
	if err := pprof.Lookup(profile).WriteTo(&text, 1); err != nil {
		t.Fatal(err)
	}
	place := fmt.Sprintf("%s:%d\n", where.File, where.Line)
	for _, line := range strings.SplitAfter(text.String(), "\n") {
		if strings.Contains(line, "\t"+where.Function+"+0x") && strings.HasSuffix(line, place) {
			return true
		}
	}
	return false
}

func TestFlagsAreChecked(t *testing.T) {
	for _, args := range [][]string{{"-fault", "no-such"}, {"-products", "0"}, {"-load", "-1"}, {"extra"}} {
		if _, err := parseFlags(args); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	t.Setenv("SHOP_FAULT", "map-growth,alloc-churn")
	o, err := parseFlags(nil)
	if err != nil || len(o.faults) != 2 {
		t.Errorf("SHOP_FAULT gives %v, %v", o.faults, err)
	}
}

// The recording holds the line numbers of the code it was made from. When this
// fails, make it again: see README.md.
func TestTheBundledRecordingIsOfThisCode(t *testing.T) {
	text, err := os.ReadFile("../test/fixtures/demo/faults.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Faults []struct {
			Name  string
			Where fault.Line
			Also  []fault.Line
		}
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	if len(recorded.Faults) != len(fault.All()) {
		t.Errorf("%d faults are recorded, the shop has %d", len(recorded.Faults), len(fault.All()))
	}
	for _, r := range recorded.Faults {
		f, err := fault.Lookup(r.Name)
		if err != nil {
			t.Error(err)
			continue
		}
		got, want := append(r.Also, r.Where), append(slices.Clone(f.Also), f.Where)
		for i := range want {
			// The recorded paths are trimmed, those of this test may not be.
			if i >= len(got) || got[i].Function != want[i].Function || got[i].Line != want[i].Line {
				t.Errorf("%s is recorded at %v, the code has %v", r.Name, got, want)
				break
			}
		}
	}
}
