// Keyring signs documents.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"time"
)

type keySource interface{ key() (crypto.Signer, error) }

type encoded []byte

func (e encoded) key() (crypto.Signer, error) {
	block, _ := pem.Decode(e)
	return x509.ParseECPrivateKey(block.Bytes) // want: cpu-hotspot
}

type opened struct{ crypto.Signer }

func (o opened) key() (crypto.Signer, error) { return o.Signer, nil }

func sign(from keySource, document string) ([]byte, error) {
	key, err := from.key()
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(document))
	return key.Sign(rand.Reader, digest[:], crypto.SHA256)
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "")
	healthy := flag.Bool("healthy", false, "")
	flag.Parse()
	private, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		log.Fatal(err)
	}
	var source keySource = encoded(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	if *healthy {
		source = opened{private}
	}
	go func() {
		for range time.Tick(4 * time.Millisecond) {
			if _, err := sign(source, "I owe you"); err != nil {
				log.Fatal(err)
			}
		}
	}()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
