// An authorization server that nobody of this project wrote: npm's oidc-provider, with its
// own development pages for sign-in and consent. It prints its issuer when it is ready.
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'peer-app', client_secret: 'peer-app-secret', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic',
      },
      {
        client_id: 'peer-public', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none',
      },
      {
        client_id: 'peer-machine', client_secret: 'peer-machine-secret', redirect_uris: [],
        grant_types: ['client_credentials'], response_types: [], token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes: ['openid', 'offline_access', 'read'],
    rotateRefreshToken: true,
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'read', audience: 'urn:peer:api', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
  })
  server.on('request', provider.callback())
  console.log(issuer)
})
