import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';

/** Names that only this machine answers to. */
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Whether an address to bind to is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether a request's `Host` may be answered. A foreign page can point a name of its own at this machine (DNS
 * rebinding) and then read what the browser takes for its own origin, so no name but the server's passes; an address
 * cannot be rebound.
 * @param bound what the server listens on
 */
export function isOwnHost(header: string | undefined, bound: string): boolean {
  const [, name = ''] = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  const host = name.toLowerCase();
  if (loopbackNames.includes(host) || host === bound.toLowerCase() || host === `[${bound}]`) return true;
  return !isLoopback(bound) && isIP(host.replace(/^\[|\]$/g, '')) !== 0;
}

/**
 * What a page of this server may do: run its own files and compile WebAssembly; talk to this server alone. Inline
 * styles are set by charts; names from files never become markup.
 */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Refuses foreign hosts, foreign origins and everything but reading, and sends the headers that keep a page to itself. */
export function guard(bound: string): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context;
    const host = req.header('host');
    const origin = req.header('origin');
    const refused = !isOwnHost(host, bound)
      ? `host ${JSON.stringify(host ?? '')} is not this server's; open the address that explore printed`
      : origin !== undefined && origin !== `http://${host}`
        ? `origin ${JSON.stringify(origin)} is not this server's`
        : req.header('sec-fetch-site') === 'cross-site' && req.header('sec-fetch-mode') !== 'navigate'
          ? 'the request comes from another site'
          : undefined;
    if (refused !== undefined) context.res = context.text(`refused: ${refused}\n`, 403);
    else if (req.method !== 'GET' && req.method !== 'HEAD') {
      context.res = context.text('refused: this server only answers GET\n', 405, { Allow: 'GET, HEAD' });
    } else await next();
    const { headers } = context.res;
    headers.set('Content-Security-Policy', pagePolicy);
    headers.set('X-Content-Type-Options', 'nosniff');
    headers.set('X-Frame-Options', 'DENY');
    headers.set('Referrer-Policy', 'no-referrer');
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
    headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  };
}
