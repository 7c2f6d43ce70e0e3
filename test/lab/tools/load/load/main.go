// Load sends one HTTP/1.1 POST again and again over connections that stay open, and prints what it came to as JSON.
// It writes prepared bytes and reads no more of an answer than it must, so that the server is what is measured.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type options struct {
	address     string
	plain       bool
	request     []byte
	want        string
	connections int
	duration    time.Duration
	// Requests that begin in each second, whether earlier ones are answered or not; 0 is as many as are answered.
	rate float64
}

// Milliseconds, except for counts and seconds.
type result struct {
	Requests int     `json:"requests"`
	Failed   int     `json:"failed"`
	Why      string  `json:"why,omitempty"`
	Seconds  float64 `json:"seconds"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
	P999     float64 `json:"p999"`
}

func main() {
	o, err := parse()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(64)
	}
	if err := json.NewEncoder(os.Stdout).Encode(run(o)); err != nil {
		os.Exit(70)
	}
}

func parse() (options, error) {
	target := flag.String("url", "", "http or https address")
	body := flag.String("body", "", "file that is sent")
	header := flag.String("header", "", "one more header, as `name: value`")
	code := flag.Int("code", 200, "status code of an answer that counts")
	connections := flag.Int("connections", 16, "connections")
	duration := flag.Duration("duration", 4*time.Second, "how long")
	rate := flag.Float64("rate", 0, "requests that begin in each second; 0: as many as are answered")
	flag.Parse()
	where, err := url.Parse(*target)
	if err != nil || !strings.HasPrefix(where.Scheme, "http") || *connections < 1 {
		return options{}, errors.New("an http or https -url and one connection or more are needed")
	}
	text, err := os.ReadFile(*body)
	if err != nil {
		return options{}, err
	}
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n",
		where.RequestURI(), where.Host, len(text))
	if *header != "" {
		fmt.Fprintf(&request, "%s\r\n", *header)
	}
	request.WriteString("\r\n")
	request.Write(text)
	want := fmt.Sprintf("HTTP/1.1 %d ", *code)
	return options{where.Host, where.Scheme == "http", request.Bytes(), want, *connections, *duration, *rate}, nil
}

// run opens every connection before the clock starts.
func run(o options) result {
	conns := make([]net.Conn, o.connections)
	for i := range conns {
		conn, err := dial(o)
		if err != nil {
			return result{Failed: 1, Why: err.Error()}
		}
		defer conn.Close()
		conns[i] = conn
	}
	workers := make([]worker, o.connections)
	var next atomic.Int64
	var wait sync.WaitGroup
	start := time.Now()
	for i, conn := range conns {
		wait.Go(func() { workers[i].work(conn, o, start, &next) })
	}
	wait.Wait()
	return sum(workers, time.Since(start))
}

func dial(o options) (net.Conn, error) {
	if o.plain {
		return net.Dial("tcp", o.address)
	}
	return tls.Dial("tcp", o.address, &tls.Config{InsecureSkipVerify: true})
}

type worker struct {
	took []time.Duration
	err  error
}

func (w *worker) work(conn net.Conn, o options, start time.Time, next *atomic.Int64) {
	reader := bufio.NewReaderSize(conn, 16<<10)
	for {
		due := time.Now()
		if o.rate > 0 {
			// Counted from when it should have begun: who waits for a slow answer does not hide the wait.
			due = start.Add(time.Duration(float64(next.Add(1)-1) / o.rate * float64(time.Second)))
			time.Sleep(time.Until(due))
		}
		if due.Sub(start) > o.duration {
			return
		}
		if w.err = exchange(conn, reader, o); w.err != nil {
			return
		}
		w.took = append(w.took, time.Since(due))
	}
}

func exchange(conn net.Conn, reader *bufio.Reader, o options) error {
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write(o.request); err != nil {
		return err
	}
	status, err := reader.ReadString('\n')
	if err != nil {
		return err
	}
	length, chunked, err := readHead(reader)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(status, o.want) {
		text := make([]byte, min(max(length, 0), 500))
		_, _ = io.ReadFull(reader, text)
		return fmt.Errorf("%s: %s", strings.TrimSpace(status), text)
	}
	if chunked {
		return discardChunks(reader)
	}
	_, err = reader.Discard(length)
	return err
}

func readHead(reader *bufio.Reader) (length int, chunked bool, err error) {
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, chunked, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("content-length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, false, err
			}
		}
		if bytes.EqualFold(name, []byte("transfer-encoding")) {
			chunked = true
		}
	}
}

func discardChunks(reader *bufio.Reader) error {
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if _, err := reader.Discard(int(size) + 2); err != nil || size == 0 {
			return err
		}
	}
}

func sum(workers []worker, elapsed time.Duration) result {
	all := result{Seconds: elapsed.Seconds()}
	var took []time.Duration
	for _, w := range workers {
		took = append(took, w.took...)
		if w.err != nil {
			all.Failed++
			all.Why = w.err.Error()
		}
	}
	slices.Sort(took)
	at := func(part float64) float64 {
		if len(took) == 0 {
			return 0
		}
		return float64(took[min(len(took)-1, int(part*float64(len(took))))].Nanoseconds()) / 1e6
	}
	all.Requests, all.P50, all.P99, all.P999 = len(took), at(0.5), at(0.99), at(0.999)
	return all
}
