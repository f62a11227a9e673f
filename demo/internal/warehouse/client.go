package warehouse

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"time"
)

// requestTimeout bounds one request, answer included.
const requestTimeout = 2 * time.Second

// Client talks to the warehouse over a few kept connections. It is safe for
// concurrent use.
type Client struct {
	addr string
	idle chan *connection
}

type connection struct {
	net.Conn
	reader *bufio.Reader
}

// NewClient keeps up to idle connections open between requests.
func NewClient(addr string, idle int) *Client {
	return &Client{addr: addr, idle: make(chan *connection, idle)}
}

// Reserve asks the warehouse to put goods aside. It takes one round trip.
func (c *Client) Reserve(sku string, quantity int) error {
	conn, err := c.connection()
	if err != nil {
		return fmt.Errorf("warehouse: %w", err)
	}
	answer, err := conn.roundTrip(fmt.Sprintf("RESERVE %s %d\n", sku, quantity))
	if err != nil {
		conn.Close()
		return fmt.Errorf("warehouse: reserve %s: %w", sku, err)
	}
	c.release(conn)
	if answer != "OK" {
		return fmt.Errorf("warehouse: reserve %s: %s", sku, strings.TrimPrefix(answer, "ERR "))
	}
	return nil
}

func (c *Client) connection() (*connection, error) {
	select {
	case conn := <-c.idle:
		return conn, nil
	default:
	}
	conn, err := net.DialTimeout("tcp", c.addr, requestTimeout)
	if err != nil {
		return nil, err
	}
	return &connection{conn, bufio.NewReader(conn)}, nil
}

func (c *Client) release(conn *connection) {
	select {
	case c.idle <- conn:
	default:
		conn.Close()
	}
}

func (c *connection) roundTrip(request string) (string, error) {
	if err := c.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return "", err
	}
	if _, err := c.Write([]byte(request)); err != nil {
		return "", err
	}
	answer, err := c.reader.ReadString('\n')
	return strings.TrimSuffix(answer, "\n"), err
}
