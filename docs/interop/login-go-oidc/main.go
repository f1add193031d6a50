package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

// party is what its developer sets, and what discovery found.
type party struct {
	provider *oidc.Provider
	config   oauth2.Config
	key      jose.JSONWebKey
}

func main() {
	origin := "http://127.0.0.1:" + os.Getenv("PORT")
	text, err := os.ReadFile(os.Getenv("CLIENT_KEY"))
	must(err)
	var bank party
	must(json.Unmarshal(text, &bank.key))
	bank.provider, err = oidc.NewProvider(context.Background(), os.Getenv("ISSUER"))
	must(err)
	endpoint := bank.provider.Endpoint()
	// Otherwise x/oauth2 tries an Authorization header first.
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	bank.config = oauth2.Config{
		ClientID:    os.Getenv("CLIENT_ID"),
		Endpoint:    endpoint,
		RedirectURL: origin + "/callback",
		Scopes:      []string{oidc.ScopeOpenID, "name", "address", "birthdate", "gender"},
	}
	http.HandleFunc("GET /{$}", bank.begin)
	http.HandleFunc("GET /callback", bank.finish)
	log.Printf("open %s/", origin)
	must(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func (bank *party) begin(w http.ResponseWriter, r *http.Request) {
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	for name, value := range map[string]string{"state": state, "nonce": nonce, "verifier": verifier} {
		http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/callback", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	url := bank.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))
	http.Redirect(w, r, url, http.StatusFound)
}

func (bank *party) finish(w http.ResponseWriter, r *http.Request) {
	token, userInfo, err := bank.tokens(r)
	if err != nil {
		log.Print(err)
		http.Error(w, "The login failed.", http.StatusInternalServerError)
		return
	}
	var claims map[string]any
	if err := userInfo.Claims(&claims); err != nil {
		log.Print(err)
	}
	w.Header().Set("content-type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"sub": token.Subject, "userinfo": claims})
}

func (bank *party) tokens(r *http.Request) (*oidc.IDToken, *oidc.UserInfo, error) {
	begun := func(name string) string {
		cookie, err := r.Cookie(name)
		if err != nil {
			return ""
		}
		return cookie.Value
	}
	query := r.URL.Query()
	if begun("state") == "" || query.Get("state") != begun("state") {
		return nil, nil, errors.New("this browser has begun no login")
	}
	// RFC 9207: neither library compares it.
	if query.Get("iss") != os.Getenv("ISSUER") {
		return nil, nil, errors.New("the answer is from another issuer")
	}
	assertion, err := bank.assertion()
	if err != nil {
		return nil, nil, err
	}
	tokens, err := bank.config.Exchange(r.Context(), query.Get("code"),
		oauth2.VerifierOption(begun("verifier")),
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
		oauth2.SetAuthURLParam("client_assertion", assertion))
	if err != nil {
		return nil, nil, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	verifier := bank.provider.Verifier(&oidc.Config{ClientID: bank.config.ClientID})
	idToken, err := verifier.Verify(r.Context(), raw)
	if err != nil {
		return nil, nil, err
	}
	if begun("nonce") == "" || idToken.Nonce != begun("nonce") {
		return nil, nil, errors.New("the ID token is of another login")
	}
	userInfo, err := bank.provider.UserInfo(r.Context(), oauth2.StaticTokenSource(tokens))
	if err == nil && userInfo.Subject != idToken.Subject {
		err = errors.New("UserInfo is of another subject")
	}
	return idToken, userInfo, err
}

// assertion is private_key_jwt (RFC 7523), which neither library makes.
func (bank *party) assertion() (string, error) {
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", bank.key.KeyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: bank.key.Key}, options)
	if err != nil {
		return "", err
	}
	now := time.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: bank.config.ClientID, Subject: bank.config.ClientID, ID: rand.Text(),
		Audience: jwt.Audience{os.Getenv("ISSUER")},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}).Serialize()
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
