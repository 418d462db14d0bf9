import { readdirSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { until } from '../../../src/core/until.js';
import type { Netns } from '../../../src/netns/netns.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { createNetns } from '../create-netns.js';
import { fillQueue } from './fill-queue.js';

needsNamespaces();

async function readAll(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** Answers with what it was asked. */
const mirror: RequestListener = (request, response) => {
  void readAll(request).then((body) => {
    const { headers, method, url } = request;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ method, url, headers, body }));
  });
};

const redirects: RequestListener = (request, response) => {
  const [, status = '', ...to] = (request.url ?? '').split('/');
  if (/^3\d\d$/.test(status)) response.writeHead(Number(status), { location: `/${to.join('/')}` }).end('elsewhere');
  else mirror(request, response);
};

function createServed(handler: RequestListener): Netns {
  const netns = createNetns({ hosts: { relay: '127.0.0.1', other: '127.0.0.1' } });
  netns.serve(handler, { host: '127.0.0.1', port: 80 });
  return netns;
}

describe('fetch from inside', () => {
  test('returns a Response of the web', async () => {
    const netns = createServed((_request, response) =>
      response
        .writeHead(
          201,
          'Made',
          [
            ['x-many', '1'],
            ['x-many', '2'],
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ].flat(),
        )
        .end('hello'),
    );
    const response = await netns.fetch('http://127.0.0.1/path');
    expect(response).toBeInstanceOf(Response);
    expect(response).toMatchObject({ status: 201, statusText: 'Made', ok: true, url: 'http://127.0.0.1/path' });
    expect(response).toMatchObject({ redirected: false, bodyUsed: false });
    expect(response.headers.get('x-many')).toBe('1, 2');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('hello');
  });

  test('sends what it is given, of every kind', async () => {
    const netns = createServed(mirror);
    const ask = async (options: Parameters<Netns['fetch']>[1]) =>
      (await netns.fetch('http://relay/a?b=c', options)).json() as Promise<{ headers: Record<string, string> }>;
    expect(await ask({})).toMatchObject({ method: 'GET', url: '/a?b=c', headers: { host: 'relay' }, body: '' });
    expect(await ask({ method: 'post', body: 'grün' })).toMatchObject({
      method: 'POST',
      body: 'grün',
      headers: { 'content-type': 'text/plain;charset=UTF-8', 'content-length': '5' },
    });
    expect(await ask({ method: 'PUT', body: Buffer.from('bytes'), headers: { 'X-One': '1' } })).toMatchObject({
      body: 'bytes',
      headers: { 'x-one': '1', 'content-length': '5' },
    });
    expect(await ask({ method: 'POST', body: new URLSearchParams({ a: 'b c' }) })).toMatchObject({
      body: 'a=b+c',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    });
    const stream = new Blob(['one', 'two']).stream();
    expect(await ask({ method: 'POST', body: stream, headers: [['x', 'y']] })).toMatchObject({
      body: 'onetwo',
      headers: { 'transfer-encoding': 'chunked', x: 'y' },
    });
    async function* generate() {
      yield Buffer.from('a');
      yield Buffer.from('b');
    }
    expect(await ask({ method: 'PATCH', body: generate(), headers: new Headers({ host: 'virtual' }) })).toMatchObject({
      body: 'ab',
      headers: { host: 'virtual' },
    });
  });

  test.each([204, 205, 304])('has no body with %d', async (status) => {
    const netns = createServed((_request, response) => response.writeHead(status).end());
    const response = await netns.fetch('http://relay/');
    expect(response).toMatchObject({ status, body: null });
  });

  test('has no body with HEAD', async () => {
    const netns = createServed((_request, response) => response.end('hello'));
    const response = await netns.fetch('http://relay/', { method: 'HEAD' });
    expect(await response.text()).toBe('');
  });

  test('keeps one connection for requests that follow each other', async () => {
    const ports = new Set<number | undefined>();
    const netns = createServed((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('x');
    });
    for (let count = 0; count < 5; count += 1) await (await netns.fetch('http://relay/')).text();
    expect(ports.size).toBe(1);
  });

  test('asks again when the server had closed the connection that was kept', async () => {
    let count = 0;
    const netns = createServed((request, response) => {
      count += 1;
      // The second request of a connection finds it closed.
      if (count === 2) request.socket.destroy();
      else response.end(String(count));
    });
    expect(await (await netns.fetch('http://relay/')).text()).toBe('1');
    expect(await (await netns.fetch('http://relay/')).text()).toBe('3');
    count = 0;
    await (await netns.fetch('http://relay/')).text();
    await expect(netns.fetch('http://relay/', { method: 'POST', body: 'once' })).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    expect(count).toBe(2);
  });

  test('reaches IPv6, ports, and each its own namespace', async () => {
    const all = [createNetns(), createNetns()];
    all.forEach((netns, index) => {
      netns.serve((_request, response) => response.end(String(index)), { host: '::1', port: 8080 });
    });
    const texts = all.map(async (netns) => (await netns.fetch(new URL('http://[::1]:8080/'))).text());
    expect(await Promise.all(texts)).toEqual(['0', '1']);
  });

  test('does fifty at once', async () => {
    const netns = createServed(mirror);
    const answers = Array.from({ length: 50 }, async (_, index) => {
      const response = await netns.fetch(`http://relay/${index}`, { method: 'POST', body: 'x'.repeat(10_000) });
      return ((await response.json()) as { url: string; body: string }).url;
    });
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 50 }, (_, index) => `/${index}`));
  });

  test('refuses a status that the web has not', async () => {
    const netns = createServed((request, response) => {
      if (request.url === '/600') request.socket.end('HTTP/1.1 600 Odd\r\ncontent-length: 1\r\n\r\nx');
      else response.end('fine');
    });
    await expect(netns.fetch('http://relay/600')).rejects.toThrow(RangeError);
    expect(await (await netns.fetch('http://relay/')).text()).toBe('fine');
  });

  test('fails as the connection does', async () => {
    await expect(createNetns().fetch('http://127.0.0.1:9/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(createNetns().fetch('http://10.0.0.1/')).rejects.toMatchObject({ code: 'ENETUNREACH' });
  });
});

describe('redirects', () => {
  test.each([
    ['POST', 301, 'GET', ''],
    ['POST', 302, 'GET', ''],
    ['POST', 303, 'GET', ''],
    ['PUT', 303, 'GET', ''],
    ['PUT', 302, 'PUT', 'data'],
    ['POST', 307, 'POST', 'data'],
    ['POST', 308, 'POST', 'data'],
  ])('%s with %d becomes %s', async (method, status, after, body) => {
    const response = await createServed(redirects).fetch(`http://relay/${status}/end`, { method, body: 'data' });
    expect(response).toMatchObject({ redirected: true, url: 'http://relay/end' });
    expect(await response.json()).toMatchObject({ method: after, body, url: '/end' });
  });

  test('are returned, or refused, where that is asked for', async () => {
    const netns = createServed(redirects);
    const response = await netns.fetch('http://relay/302/end', { redirect: 'manual' });
    expect(response).toMatchObject({ status: 302, redirected: false });
    expect(response.headers.get('location')).toBe('/end');
    expect(await response.text()).toBe('elsewhere');
    await expect(netns.fetch('http://relay/302/end', { redirect: 'error' })).rejects.toThrow(
      'GET http://relay/302/end was redirected to /end, and redirect is "error"',
    );
  });

  test('end after twenty, and cannot repeat a stream or leave for https', async () => {
    const netns = createServed(redirects);
    expect((await netns.fetch(`http://relay/${'302/'.repeat(20)}end`)).url).toBe('http://relay/end');
    await expect(netns.fetch(`http://relay/${'302/'.repeat(21)}end`)).rejects.toThrow('that is redirect 21');
    const body = new Blob(['x']).stream();
    await expect(netns.fetch('http://relay/307/end', { method: 'POST', body })).rejects.toThrow(
      'a body that is a stream cannot be sent again, as 307 to http://relay/end asks; send bytes',
    );
    const away = createServed((_request, response) => response.writeHead(302, { location: 'https://relay/' }).end());
    await expect(away.fetch('http://relay/')).rejects.toThrow('url must begin with http://, not "https:"');
  });

  test('take secrets to the same origin alone', async () => {
    const handler: RequestListener = (request, response) => {
      const location = { '/same': '/end', '/away': 'http://other/end' }[request.url ?? ''];
      if (location === undefined) mirror(request, response);
      else response.writeHead(302, { location }).end();
    };
    const netns = createServed(handler);
    const headers = { authorization: 'secret', cookie: 'a=1', 'x-plain': 'x' };
    const read = async (path: string) => (await netns.fetch(`http://relay/${path}`, { headers })).json();
    expect(await read('same')).toMatchObject({ headers: { ...headers, host: 'relay' } });
    const away = (await read('away')) as { headers: object };
    expect(away.headers).toMatchObject({ 'x-plain': 'x', host: 'other' });
    expect(away.headers).not.toHaveProperty('authorization');
    expect(away.headers).not.toHaveProperty('cookie');
  });
});

describe('a request that is called off', () => {
  test('before, while it waits, and while its body comes', async () => {
    const netns = createServed((request, response) => {
      if (request.url === '/body') response.write('begun');
    });
    await expect(netns.fetch('http://relay/', { signal: AbortSignal.abort('why') })).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_ABORTED',
      message: 'GET http://relay/ was aborted',
      cause: 'why',
    });
    const controller = new AbortController();
    const waiting = netns.fetch('http://relay/', { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_ABORTED' });
    const other = new AbortController();
    const response = await netns.fetch('http://relay/body', { signal: other.signal });
    other.abort();
    await expect(response.text()).rejects.toMatchObject({ code: 'ERR_GLOVEBOX_ABORTED' });
  });

  test('by its deadline says what did not come', async () => {
    const netns = createServed((request, response) => {
      if (request.url === '/body') response.write('begun');
    });
    await expect(netns.fetch('http://relay/', { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_TIMEOUT',
      message:
        'No response to GET http://relay/ within 30 ms. Is something listening there, and is there a route both ways?',
    });
    // Its head has to come within the time, on a busy machine, too.
    const response = await netns.fetch('http://relay/body', { timeoutMs: 500 });
    await expect(response.text()).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_TIMEOUT',
      message: 'Nothing more of the body of GET http://relay/body came within 500 ms',
    });
    fillQueue(netns, '127.0.0.1', 81);
    await expect(netns.fetch('http://relay:81/', { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'ERR_GLOVEBOX_TIMEOUT',
    });
  });

  test('is not one whose reader takes longer than the deadline', async () => {
    const netns = createServed((request, response) => {
      if (request.url !== '/silent') response.end('x'.repeat(3_000_000));
    });
    const response = await netns.fetch('http://relay/', { timeoutMs: 200 });
    const unread = await netns.fetch('http://relay/', { timeoutMs: 200 });
    await expect(netns.fetch('http://relay/silent', { timeoutMs: 500 })).rejects.toThrow('No response');
    expect(await response.text()).toHaveLength(3_000_000);
    expect(unread.bodyUsed).toBe(false);
  });

  test('leaves no descriptor and no timer behind', async () => {
    const netns = createServed((_request, response) => response.end('x'.repeat(100_000)));
    await (await netns.fetch('http://relay/')).text();
    const before = readdirSync('/proc/self/fd').length;
    for (let count = 0; count < 20; count += 1) {
      const response = await netns.fetch('http://relay/', { signal: new AbortController().signal });
      await response.body?.cancel();
    }
    await until(() => readdirSync('/proc/self/fd').length <= before);
  });
});

describe('a request that can never work', () => {
  test('is refused with every mistake', async () => {
    const options = { method: 'G T', redirect: 'maybe', timeoutMs: -1, hedders: {}, body: 5 } as object;
    await expect(createNetns().fetch('https://user:pw@relay/', options)).rejects.toThrow(
      'Netns.fetch: 7 mistakes:\n' +
        '  - url must begin with http://, not "https:"\n' +
        '  - url must not hold a name or password\n' +
        '  - "hedders" is no option. Did you mean "headers"?\n' +
        '  - method must be a method of HTTP, not "G T"\n' +
        '  - body must be a string, bytes, URLSearchParams or a stream of bytes, not 5\n' +
        '  - redirect must be "follow", "manual" or "error", not "maybe"\n' +
        '  - timeoutMs must be a finite number of milliseconds, 0 or more; received -1',
    );
    await expect(createNetns().fetch('http://127.0.0.1/', { method: 'connect' })).rejects.toThrow(
      'Netns.fetch: connect is no method that fetch can make',
    );
    await expect(createNetns().fetch('relay')).rejects.toThrow(
      'Netns.fetch: url must be an absolute URL, such as "http://10.0.0.1/", not "relay"',
    );
    await expect(createNetns().fetch('http://relay/')).rejects.toThrow('host "relay" is neither');
    await expect(createNetns().fetch('http://127.0.0.1/', { body: 'x' })).rejects.toThrow('GET cannot have a body');
    await expect(createNetns().fetch('http://127.0.0.1/', { headers: { 'a b': 'c' } })).rejects.toThrow('headers');
  });
});
