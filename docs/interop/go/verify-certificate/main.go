// Verifies a certificate and that it is not revoked now: verify-certificate CERTIFICATE ISSUING ROOT (DER)
package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"interop/status"
)

// verifyCertificate returns an error if there is no path to the root, if a certificate of it is revoked, and if the
// status of one cannot be had.
func verifyCertificate(certificate, issuing, root *x509.Certificate) error {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	intermediates.AddCert(issuing)
	// Go asks for server authentication otherwise. Our certificates have no extendedKeyUsage.
	options := x509.VerifyOptions{Roots: roots, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	chains, err := certificate.Verify(options)
	if err != nil {
		return err
	}
	if len(chains[0]) != 3 {
		return errors.New("the chain is not subscriber, issuing CA, root")
	}
	if certificate.KeyUsage&x509.KeyUsageContentCommitment == 0 {
		return errors.New("not for signatures: no nonRepudiation")
	}
	if revoked, err := status.IsOnCRL(issuing, root); err != nil || revoked {
		return errors.Join(errors.New("the CA is revoked, or its status cannot be had"), err)
	}
	revokedAt, err := status.RevokedAt(certificate, issuing)
	if err == nil && !revokedAt.IsZero() {
		err = fmt.Errorf("revoked at %v", revokedAt)
	}
	return err
}

func main() {
	var given [3]*x509.Certificate
	for index := range given {
		der, err := os.ReadFile(os.Args[index+1])
		if err != nil {
			panic(err)
		}
		if given[index], err = x509.ParseCertificate(der); err != nil {
			fmt.Fprintln(os.Stderr, "refused:", err)
			os.Exit(1)
		}
	}
	if err := verifyCertificate(given[0], given[1], given[2]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println(given[0].Subject.SerialNumber)
}
