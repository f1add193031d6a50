// Verifies a Security Event Token (RFC 8417): verify-set TOKEN JWKS ISSUER AUDIENCE
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type claims struct {
	Issuer   string                     `json:"iss"`
	Audience jwt.Audience               `json:"aud"` // a string or a list
	ID       string                     `json:"jti"`
	Subject  json.RawMessage            `json:"sub"`
	Expiry   json.RawMessage            `json:"exp"`
	SubID    map[string]any             `json:"sub_id"`
	Events   map[string]json.RawMessage `json:"events"`
}

// verifySet returns the claims, or an error for whatever must not be acted on. keys: what the CA publishes at
// /jwks.json; issuer and audience: those of your stream.
func verifySet(token string, keys jose.JSONWebKeySet, issuer, audience string) (*claims, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return nil, err // another algorithm too: none, HS256
	}
	header := signed.Signatures[0].Protected
	if typ := header.ExtraHeaders[jose.HeaderType]; typ != "secevent+jwt" {
		return nil, fmt.Errorf("typ is %v: a token of another kind", typ)
	}
	found := keys.Key(header.KeyID)
	if len(found) != 1 || found[0].Algorithm != header.Algorithm {
		return nil, errors.New("the token's key is not published")
	}
	payload, err := signed.Verify(found[0])
	if err != nil {
		return nil, fmt.Errorf("the signature does not verify: %w", err)
	}
	var read claims
	if err := json.Unmarshal(payload, &read); err != nil {
		return nil, err
	}
	switch {
	case read.Issuer != issuer:
		return nil, errors.New("iss is another issuer")
	case !slices.Contains(read.Audience, audience):
		return nil, errors.New("aud is another party")
	case read.Subject != nil || read.Expiry != nil:
		return nil, errors.New("sub or exp have no place here: it may be an ID token or an access token")
	case read.ID == "" || len(read.Events) != 1:
		return nil, errors.New("not one event with a jti")
	}
	return &read, nil // remember jti, and act on each once
}

func main() {
	token, err := os.ReadFile(os.Args[1])
	published, err2 := os.ReadFile(os.Args[2])
	var keys jose.JSONWebKeySet
	if err := errors.Join(err, err2, json.Unmarshal(published, &keys)); err != nil {
		panic(err)
	}
	read, err := verifySet(string(token), keys, os.Args[3], os.Args[4])
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(read)
}
