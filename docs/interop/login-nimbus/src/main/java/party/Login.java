package party;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWT;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

public final class Login {
    private record Begun(State state, Nonce nonce, CodeVerifier verifier) {}

    private final Map<String, Begun> begun = new ConcurrentHashMap<>();
    private final Issuer issuer = new Issuer(System.getenv("ISSUER"));
    private final ClientID client = new ClientID(System.getenv("CLIENT_ID"));
    private final int port = Integer.parseInt(System.getenv("PORT"));
    private final URI origin = URI.create("http://127.0.0.1:" + port);
    private final URI callback = origin.resolve("/callback");
    private final ECKey key = ECKey.parse(Files.readString(Path.of(System.getenv("CLIENT_KEY"))));
    private final OIDCProviderMetadata kazasu = OIDCProviderMetadata.resolve(issuer);

    private Login() throws Exception {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", this::handle);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.start();
        System.out.println("open " + origin + "/");
    }

    public static void main(String[] args) throws Exception {
        new Login();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try {
            switch (exchange.getRequestURI().getPath()) {
                case "/" -> begin(exchange);
                case "/callback" -> finish(exchange);
                default -> exchange.sendResponseHeaders(404, -1);
            }
        } catch (Exception error) {
            error.printStackTrace();
            exchange.sendResponseHeaders(500, -1);
        } finally {
            exchange.close();
        }
    }

    private void begin(HttpExchange exchange) throws IOException {
        var login = new Begun(new State(), new Nonce(), new CodeVerifier());
        var cookie = UUID.randomUUID().toString();
        begun.put(cookie, login);
        var scope = new Scope("openid", "name", "address", "birthdate", "gender");
        var request = new AuthenticationRequest.Builder(ResponseType.CODE, scope, client, callback)
                .endpointURI(kazasu.getAuthorizationEndpointURI())
                .state(login.state())
                .nonce(login.nonce())
                .codeChallenge(login.verifier(), CodeChallengeMethod.S256)
                .build();
        exchange.getResponseHeaders().add("set-cookie", "login=" + cookie + "; Path=/; HttpOnly; SameSite=Lax");
        exchange.getResponseHeaders().add("location", request.toURI().toString());
        exchange.sendResponseHeaders(302, -1);
    }

    private void finish(HttpExchange exchange) throws Exception {
        var login = begun.remove(cookieOf(exchange));
        var response = AuthenticationResponseParser.parse(origin.resolve(exchange.getRequestURI()));
        if (!response.indicatesSuccess())
            throw new IllegalStateException(response.toErrorResponse().getErrorObject().toString());
        var success = response.toSuccessResponse();
        // The SDK parses both and compares neither; `iss` is RFC 9207.
        if (!login.state().equals(success.getState()) || !issuer.equals(success.getIssuer()))
            throw new IllegalStateException("The answer is of another login.");
        var tokens = exchanged(success.getAuthorizationCode(), login.verifier());
        var idToken = validated(tokens.getIDToken(), login.nonce());
        var userInfo = UserInfoResponse.parse(
                        new UserInfoRequest(kazasu.getUserInfoEndpointURI(), tokens.getBearerAccessToken())
                                .toHTTPRequest().send())
                .toSuccessResponse()
                .getUserInfo();
        if (!userInfo.getSubject().equals(idToken.getSubject()))
            throw new IllegalStateException("UserInfo is of another subject.");
        var body = "{\"sub\":\"%s\",\"userinfo\":%s}".formatted(idToken.getSubject(), userInfo.toJSONString());
        exchange.getResponseHeaders().add("content-type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
    }

    private OIDCTokens exchanged(AuthorizationCode code, CodeVerifier verifier) throws Exception {
        var endpoint = kazasu.getTokenEndpointURI();
        var authentication =
                new PrivateKeyJWT(client, endpoint, JWSAlgorithm.ES256, key.toECPrivateKey(), key.getKeyID(), null);
        var request = new TokenRequest.Builder(
                        endpoint, authentication, new AuthorizationCodeGrant(code, callback, verifier))
                .build();
        var response = OIDCTokenResponseParser.parse(request.toHTTPRequest().send());
        if (!response.indicatesSuccess())
            throw new IllegalStateException(response.toErrorResponse().getErrorObject().toString());
        return (OIDCTokens) response.toSuccessResponse().getTokens();
    }

    private IDTokenClaimsSet validated(JWT idToken, Nonce nonce) throws Exception {
        var keys = kazasu.getJWKSetURI().toURL();
        return new IDTokenValidator(issuer, client, JWSAlgorithm.RS256, keys).validate(idToken, nonce);
    }

    private static String cookieOf(HttpExchange exchange) {
        for (var pair : exchange.getRequestHeaders().getOrDefault("cookie", List.of("")).get(0).split("; *"))
            if (pair.startsWith("login=")) return pair.substring("login=".length());
        throw new IllegalStateException("This browser has begun no login.");
    }
}
