-- Up Migration

-- Each client belongs to one issuer: `openid` (FAPI 2.0) or `oidc` (login and UserInfo). It never moves to the other.
alter table party_clients
  add column issuer       text not null default 'openid' check (issuer in ('openid', 'oidc')),
  -- The algorithm of its ID tokens; the issuer's default if null.
  add column id_token_alg text check (id_token_alg in ('ES256', 'RS256')),
  -- Where its keys are published, instead of `jwks`.
  add column jwks_uri     text,
  alter column jwks drop not null,
  add constraint party_clients_keys check ((jwks is null) <> (jwks_uri is null)),
  -- The back channel and tokens for the party's own server are the issuer openid's.
  add constraint party_clients_of_oidc check (issuer = 'openid' or backchannel is null);

-- Down Migration

delete from party_clients where issuer <> 'openid' or jwks is null;
alter table party_clients
  drop constraint party_clients_of_oidc,
  drop constraint party_clients_keys,
  alter column jwks set not null,
  drop column jwks_uri, drop column id_token_alg, drop column issuer;
