// Verifies a time-stamped transaction (CAdES-B-T): verify-transaction CMS ROOT TSA SUBJECT
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/smallstep/pkcs7"

	"interop/status"
)

var (
	oidData               = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidContentType        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidSigningCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimeStampToken     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA256             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidTSTInfo            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
)

// signingCertificateV2 names the signer's certificate by SHA-256, its default (RFC 5035).
type signingCertificateV2 struct {
	Certs []struct {
		Hash         []byte
		IssuerSerial asn1.RawValue `asn1:"optional"`
	}
}

// verifyTransaction returns the signed text. tsa: the time-stamp authority's certificate, as your trusted list names it;
// subject: the customer's pseudonym, sub of the ID token. It returns an error unless the signature was there, by the
// time-stamp, before any revocation of the signer's certificate.
func verifyTransaction(message []byte, root, tsa *x509.Certificate, subject string) ([]byte, error) {
	signed, err := pkcs7.Parse(message)
	if err != nil {
		return nil, err
	}
	if err := verifyAttributes(signed, oidData); err != nil {
		return nil, err
	}
	at, err := stampedAt(signed, tsa)
	if err != nil {
		return nil, fmt.Errorf("the time-stamp: %w", err)
	}
	if err := signed.Verify(); err != nil { // the signature alone
		return nil, err
	}
	signer := signed.GetOnlySigner()
	if err := verifySigner(signer, signed.Certificates, root, at); err != nil {
		return nil, err
	}
	if signer.KeyUsage&x509.KeyUsageContentCommitment == 0 {
		return nil, errors.New("the certificate is not for signatures: no nonRepudiation")
	}
	if signer.Subject.SerialNumber != subject {
		return nil, fmt.Errorf("the subject is another: %s", signer.Subject.SerialNumber)
	}
	return signed.Content, nil
}

// verifyAttributes checks what pkcs7 leaves to you: that there is one signer, that what is signed is of this type
// (RFC 5652 §5.3), and that the signature names the certificate (RFC 5035 §4). pkcs7 checks messageDigest.
func verifyAttributes(signed *pkcs7.PKCS7, contentType asn1.ObjectIdentifier) error {
	signer := signed.GetOnlySigner()
	if signer == nil {
		return errors.New("not one signer with a certificate")
	}
	var given asn1.ObjectIdentifier
	if err := signed.UnmarshalSignedAttribute(oidContentType, &given); err != nil || !given.Equal(contentType) {
		return errors.Join(errors.New("the content is of another type"), err)
	}
	var named signingCertificateV2
	digest := sha256.Sum256(signer.Raw)
	if err := signed.UnmarshalSignedAttribute(oidSigningCertificate, &named); err != nil {
		return err
	}
	if len(named.Certs) == 0 || !bytes.Equal(named.Certs[0].Hash, digest[:]) {
		return errors.New("the signature names another certificate")
	}
	return nil
}

func poolOf(root *x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return pool
}

// tstInfo begins as a TSTInfo does (RFC 3161 §2.4.2).
type tstInfo struct {
	Version        int
	Policy         asn1.ObjectIdentifier
	MessageImprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
	Serial  asn1.RawValue
	GenTime time.Time `asn1:"generalized"`
}

// stampedAt returns the time in the time-stamp over the signature's value.
func stampedAt(signed *pkcs7.PKCS7, tsa *x509.Certificate) (time.Time, error) {
	var info tstInfo
	var der []byte
	for _, each := range signed.Signers[0].UnauthenticatedAttributes {
		if each.Type.Equal(oidTimeStampToken) {
			der = each.Value.Bytes
		}
	}
	if der == nil {
		return info.GenTime, errors.New("there is none")
	}
	token, err := pkcs7.Parse(der)
	if err != nil {
		return info.GenTime, err
	}
	if _, err := asn1.Unmarshal(token.Content, &info); err != nil {
		return info.GenTime, err
	}
	if err := verifyAttributes(token, oidTSTInfo); err != nil {
		return info.GenTime, err
	}
	digest := sha256.Sum256(signed.Signers[0].EncryptedDigest)
	if !info.MessageImprint.Algorithm.Algorithm.Equal(oidSHA256) || !bytes.Equal(digest[:], info.MessageImprint.Hash) {
		return info.GenTime, errors.New("it is over another signature")
	}
	if !slices.Contains(token.GetOnlySigner().ExtKeyUsage, x509.ExtKeyUsageTimeStamping) {
		return info.GenTime, errors.New("its signer is no time-stamp authority")
	}
	return info.GenTime, token.VerifyWithChainAtTime(poolOf(tsa), info.GenTime)
}

// verifySigner returns an error unless the certificate was good at that time, and its CA is now.
func verifySigner(signer *x509.Certificate, others []*x509.Certificate, root *x509.Certificate, at time.Time) error {
	intermediates := x509.NewCertPool()
	for _, each := range others {
		intermediates.AddCert(each)
	}
	any := []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	options := x509.VerifyOptions{Roots: poolOf(root), Intermediates: intermediates, CurrentTime: at, KeyUsages: any}
	chains, err := signer.Verify(options)
	if err != nil {
		return err
	}
	if len(chains[0]) != 3 {
		return errors.New("the chain is not subscriber, issuing CA, root")
	}
	// From the verified chain: a message may bring another certificate with the CA's key and name.
	issuing := chains[0][1]
	if revoked, err := status.IsOnCRL(issuing, root); err != nil || revoked {
		return errors.Join(errors.New("the CA is revoked, or its status cannot be had"), err)
	}
	revokedAt, err := status.RevokedAt(signer, issuing)
	if err == nil && !revokedAt.IsZero() && !revokedAt.After(at) {
		err = fmt.Errorf("revoked at %v, signed at %v", revokedAt, at)
	}
	return err
}

func main() {
	var given [3][]byte
	var certificates [2]*x509.Certificate
	for index := range given {
		var err error
		if given[index], err = os.ReadFile(os.Args[index+1]); err != nil {
			panic(err)
		}
		if index > 0 {
			if certificates[index-1], err = x509.ParseCertificate(given[index]); err != nil {
				panic(err)
			}
		}
	}
	text, err := verifyTransaction(given[0], certificates[0], certificates[1], os.Args[4])
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Printf("%s\n", text)
}
