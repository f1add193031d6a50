// Package status asks whether a certificate is revoked: crypto/x509 never does.
package status

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

var client = &http.Client{Timeout: 10 * time.Second}

const clockSkew = 2 * time.Minute

// RevokedAt returns when the certificate was revoked by its CA's OCSP responder; the zero time if it is good; an error
// if that cannot be known. Verify the certificate's chain first: the address is in it.
func RevokedAt(certificate, issuer *x509.Certificate) (time.Time, error) {
	question, err := ocsp.CreateRequest(certificate, issuer, nil)
	if err != nil || len(certificate.OCSPServer) == 0 {
		return time.Time{}, errors.Join(errors.New("no status: no OCSP responder"), err)
	}
	body, err := answerOf(client.Post(certificate.OCSPServer[0], "application/ocsp-request", bytes.NewReader(question)))
	if err != nil {
		return time.Time{}, err
	}
	answer, err := ocsp.ParseResponseForCert(body, certificate, issuer)
	if err != nil {
		return time.Time{}, fmt.Errorf("no status: %w", err)
	}
	now := time.Now()
	// x/crypto checks that the issuer signed the responder's certificate, and leaves the rest of RFC 6960 to you.
	if by := answer.Certificate; by != nil && !by.Equal(issuer) {
		if !slices.Contains(by.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || now.After(by.NotAfter) || now.Before(by.NotBefore) {
			return time.Time{}, errors.New("no status: the OCSP answer is by a certificate that is not for it")
		}
	}
	if now.Add(clockSkew).Before(answer.ThisUpdate) || now.After(answer.NextUpdate.Add(clockSkew)) {
		return time.Time{}, errors.New("no status: the OCSP answer is not of now")
	}
	switch answer.Status {
	case ocsp.Good:
		return time.Time{}, nil
	case ocsp.Revoked:
		return answer.RevokedAt, nil
	}
	return time.Time{}, errors.New("no status: the OCSP responder does not know the certificate")
}

// IsOnCRL says the same of an issuing CA, which has no OCSP responder, by its root's CRL.
func IsOnCRL(certificate, issuer *x509.Certificate) (bool, error) {
	if len(certificate.CRLDistributionPoints) != 1 {
		return false, errors.New("no status: not one CRL")
	}
	body, err := answerOf(client.Get(certificate.CRLDistributionPoints[0]))
	if err != nil {
		return false, err
	}
	crl, err := x509.ParseRevocationList(body)
	if err != nil {
		return false, fmt.Errorf("no status: %w", err)
	}
	if err := crl.CheckSignatureFrom(issuer); err != nil {
		return false, fmt.Errorf("no status: the CRL's signature: %w", err)
	}
	// crypto/x509 leaves them to you. A root's CRL has none; issuingDistributionPoint would limit what it covers.
	for _, extension := range crl.Extensions {
		if extension.Critical {
			return false, fmt.Errorf("no status: the CRL has a critical extension %v", asn1.ObjectIdentifier(extension.Id))
		}
	}
	if now := time.Now(); now.Add(clockSkew).Before(crl.ThisUpdate) || now.After(crl.NextUpdate.Add(clockSkew)) {
		return false, errors.New("no status: the CRL is not of now")
	}
	return slices.ContainsFunc(crl.RevokedCertificateEntries, func(entry x509.RevocationListEntry) bool {
		return entry.SerialNumber.Cmp(certificate.SerialNumber) == 0
	}), nil
}

func answerOf(response *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, fmt.Errorf("no status: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("no status: %s", response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 64<<20))
}
