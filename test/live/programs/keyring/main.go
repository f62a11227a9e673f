// Keyring checks who signed a document.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type trust interface{ roots() *x509.CertPool }

type bundle []byte

func (b bundle) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	for rest := []byte(b); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return pool
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil { // want: cpu-hotspot
			pool.AddCert(c)
		}
	}
}

type opened struct{ *x509.CertPool }

func (o opened) roots() *x509.CertPool { return o.CertPool }

var errStranger = errors.New("signed by a stranger")

func check(who *x509.Certificate, t trust) error {
	if _, err := who.Verify(x509.VerifyOptions{Roots: t.roots()}); err != nil {
		return errors.Join(errStranger, err)
	}
	return nil
}

func issue(n int64) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: fmt.Sprint("root ", n)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	return x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	var b bundle
	var who *x509.Certificate
	for n := range int64(60) {
		der, err := issue(n)
		if err != nil {
			log.Fatal(err)
		}
		if who, err = x509.ParseCertificate(der); err != nil {
			log.Fatal(err)
		}
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	var t trust = b
	if *healthy {
		t = opened{b.roots()}
	}
	go func() {
		for range time.Tick(5 * time.Millisecond) {
			if err := check(who, t); err != nil {
				log.Fatal(err)
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
