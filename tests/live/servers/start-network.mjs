// Local AT Protocol network for connector tests (real @atproto/pds, @did-plc/server, @atproto/bsky from npm).
//   node start-network.mjs [--mode=full|pds] [--pds-port N] [--plc-port N] [--bsky-port N]
//        [--rate-limits] [--access-ttl 5s] [--refresh-ttl 30s] [--chat-url http://127.0.0.1:PORT]
// Prints ONE line of JSON (service urls, seeded accounts) on stdout when ready; the rest goes to stderr.
// SIGTERM/SIGINT close it. full mode needs DB_POSTGRES_URL (superuser or CREATEDB) and REDIS_HOST.
// Ports: 0 = any free one.
import fs from 'node:fs'
import net_ from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
const { values: o } = parseArgs({ options: {
  mode: { type: 'string', default: 'full' },
  'pds-port': { type: 'string', default: '2583' },
  'plc-port': { type: 'string', default: '2582' },
  'bsky-port': { type: 'string', default: '2584' },
  'rate-limits': { type: 'boolean', default: false },
  'access-ttl': { type: 'string' },    // jose duration ("5s"); the server's own is 120mins, not configurable
  'refresh-ttl': { type: 'string' },   // the server's own is 90days
  'chat-url': { type: 'string' },      // where did:web:api.bsky.chat#bsky_chat should really go
} })
const print = console.log
console.log = (...a) => console.error(...a)
process.env.LOG_ENABLED ??= 'false'    // LOG_ENABLED=true LOG_DESTINATION=file for pino request logs

// everything the servers write (sqlite files, blobs, port locks) goes under one directory, removed on close
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'atnet-'))
process.env.TMPDIR = tmp
// atproto servers listen on all interfaces: pin every listen() of this process to loopback
const listen = net_.Server.prototype.listen
net_.Server.prototype.listen = function (...a) {
  if (typeof a[0] === 'number' && typeof a[1] !== 'string') a.splice(1, 0, '127.0.0.1')
  else if (a[0] && typeof a[0] === 'object' && a[0].port !== undefined && !a[0].host) a[0] = { ...a[0], host: '127.0.0.1' }
  return listen.apply(this, a)
}
let seeded = false // the accounts below are made with the usual lifetimes
if (o['access-ttl'] || o['refresh-ttl']) {
  const { SignJWT } = await import('jose')
  const set = SignJWT.prototype.setExpirationTime
  SignJWT.prototype.setExpirationTime = function (t) {
    return set.call(this, !seeded ? t : (t === '120mins' && o['access-ttl']) || (t === '90days' && o['refresh-ttl']) || t)
  }
}
const t0 = Date.now()
// the deep import skips loading bsky/ozone: less memory for pds mode
const dist = new URL('./node_modules/@atproto/dev-env/dist/', import.meta.url)
const Net = o.mode === 'pds'
  ? (await import(new URL('network-no-appview.js', dist))).TestNetworkNoAppView
  : (await import('@atproto/dev-env')).TestNetwork
const tImport = Date.now() - t0

// full mode: a fresh database per run (PDS/PLC state is per-run too), dropped on close
let dropDb = async () => {}
if (o.mode !== 'pds') {
  const { default: pg } = await import('pg')
  const base = process.env.DB_POSTGRES_URL ?? 'postgresql://pg@127.0.0.1/postgres'
  const name = `atnet_${process.pid}_${Date.now()}`
  const q = async (sql) => { const c = new pg.Client({ connectionString: base }); await c.connect(); try { await c.query(sql) } finally { await c.end() } }
  await q(`create database ${name}`)
  dropDb = () => q(`drop database if exists ${name} with (force)`)
  const u = new URL(base); u.pathname = `/${name}`
  process.env.DB_POSTGRES_URL = u.href
  process.env.DB_POSTGRES_SCHEMA = 'net' // letters and _ only
  process.env.REDIS_HOST ??= '127.0.0.1:6379'
}
const port = (s) => +s || new Promise((ok) => { const v = net_.createServer().listen(0, () => { const p = v.address().port; v.close(() => ok(p)) }) })
const pds = { hostname: 'localhost', enableDidDocWithSession: true, rateLimitsEnabled: o['rate-limits'], port: await port(o['pds-port']) }
const plc = { port: await port(o['plc-port']) }
const bskyPort = await port(o['bsky-port'])
const net = await Net.create({ pds, plc, bsky: { port: bskyPort, publicUrl: `http://localhost:${bskyPort}` } })
const tNet = Date.now() - t0

if (o['chat-url']) {
  const did = net.pds.ctx.idResolver.did, orig = did.resolveNoCache
  did.resolveNoCache = async function (d) {
    if (d !== 'did:web:api.bsky.chat') return orig.call(did, d)
    return { '@context': ['https://www.w3.org/ns/did/v1'], id: d,
      service: [{ id: '#bsky_chat', type: 'BskyChatService', serviceEndpoint: o['chat-url'] }] }
  }
}

async function call(method, body, jwt) {
  const r = await fetch(`${net.pds.url}/xrpc/${method}`, { method: 'POST',
    headers: { 'content-type': 'application/json', ...(jwt && { authorization: `Bearer ${jwt}` }) }, body: JSON.stringify(body) })
  const b = await r.json()
  if (!r.ok) throw new Error(`${method}: ${JSON.stringify(b)}`)
  return b
}
async function account(handle, displayName) {
  const password = `${handle.split('.')[0]}-pass`
  const b = await call('com.atproto.server.createAccount', { handle, email: `${handle}@example.com`, password })
  const app = await call('com.atproto.server.createAppPassword', { name: 'test' }, b.accessJwt)
  const dm = await call('com.atproto.server.createAppPassword', { name: 'test-dm', privileged: true }, b.accessJwt)
  await call('com.atproto.repo.putRecord', { repo: b.did, collection: 'app.bsky.actor.profile', rkey: 'self',
    record: { $type: 'app.bsky.actor.profile', displayName, description: `Seeded ${handle}`, createdAt: new Date().toISOString() } }, b.accessJwt)
  return { handle, did: b.did, password, appPassword: app.password, appPasswordWithDms: dm.password }
}
const accounts = { alice: await account('alice.test', 'Alice'), bob: await account('bob.test', 'Bob') }
await net.processAll()
seeded = true
print(JSON.stringify({
  mode: o.mode, pid: process.pid, pds: net.pds.url, plc: net.plc.url,
  bsky: net.bsky?.url, bskyDid: net.bsky?.serverDid, ozone: net.ozone?.url, bsync: net.bsync?.url, chat: o['chat-url'],
  accounts, adminPassword: 'admin-pass', jwtSecret: 'jwt-secret', tmp,
  ms: { import: tImport, network: tNet, total: Date.now() - t0 }, rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
}))
let closing = false
for (const s of ['SIGTERM', 'SIGINT']) process.on(s, async () => {
  if (closing) return
  closing = true
  setTimeout(() => process.exit(1), 10_000).unref()
  try { await net.close() } catch (e) { console.error(e) }
  try { await dropDb() } catch (e) { console.error(e) }
  fs.rmSync(tmp, { recursive: true, force: true })
  process.exit(0)
})
