import { describe, expect, it } from 'vitest'
import { createKey } from '../../src/access/keys.js'
import { hasNginx, nginxFor } from '../support/nginx.js'
import { report, XML } from '../support/reports.js'
import { testServer } from '../support/server.js'

const HTTP_1_1 = 'proxy_http_version 1.1; proxy_set_header Connection "";'
const FORWARDED = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'

const submit = (url: string, headers = {}) =>
  fetch(`${url}/api/v1/junit/submit`, { method: 'POST', headers: { ...XML, ...headers }, body: report() })
const statusesOf = async (url: string, headers = {}) => [
  (await submit(url, headers)).status,
  (await fetch(`${url}/api/v1/test_runs`, { headers })).status,
]

describe.runIf(hasNginx())('jux-server behind nginx on the same machine', () => {
  it.each([
    ['proxy_pass alone', ''],
    ['X-Forwarded-For', FORWARDED],
    ['HTTP/1.1 and X-Forwarded-For', HTTP_1_1 + FORWARDED],
    ['HTTP/1.1 and the Host of the client', `${HTTP_1_1} proxy_set_header Host jux.example.com;`],
    ['HTTP/1.1 and X-Real-IP', `${HTTP_1_1} proxy_set_header X-Real-IP $remote_addr;`],
  ])('gives strangers nothing when there is no API key: %s', async (_name, directives) => {
    const server = await testServer()
    const url = await nginxFor(server.url, directives)

    expect(await statusesOf(url)).toEqual([401, 401])
    expect(await statusesOf(server.url)).toEqual([201, 200])
  })

  it.each([
    ['proxy_pass alone', ''],
    ['HTTP/1.1 without any header', HTTP_1_1],
    ['X-Forwarded-For', FORWARDED],
  ])('gives only clients with a key something when there is an API key: %s', async (_name, directives) => {
    let key = ''
    const server = await testServer({}, async (database) => {
      key = (await createKey(database, { name: 'ci', scope: 'all' }, Date.now())).text
    })
    const url = await nginxFor(server.url, directives)

    expect(await statusesOf(url)).toEqual([401, 401])
    expect(await statusesOf(url, { authorization: `Bearer ${key}` })).toEqual([201, 200])
    expect(await statusesOf(server.url)).toEqual([401, 401])
  })

  it('tells a stranger why, and shows a browser the sign-in page', async () => {
    const server = await testServer()
    const url = await nginxFor(server.url)

    expect(await (await submit(url)).json()).toMatchObject({ error: 'Missing Authorization header' })
    const page = await fetch(url, { headers: { accept: 'text/html' } })
    expect(await page.text()).toContain('jux-server keys create')
  })
})
