import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { InputError } from '../errors.js';

/** A server that listens. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Another program listens on the port. */
export class PortTakenError extends InputError {
  override readonly name: string = 'PortTakenError';
}

/**
 * Listens on an address.
 * @param port 0 for any that is free
 * @throws PortTakenError; InputError when the port is not allowed or the address is not this machine's
 */
export function listen(app: Hono, host: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (address: AddressInfo) => {
      const shown = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? 'localhost' : host;
      resolve({
        url: `http://${shown}:${address.port}/`,
        port: address.port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            // Event streams never end by themselves.
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EACCES: `port ${port} is not allowed; choose one from 1024 on with --port`,
        EADDRNOTAVAIL: `${host} is no address of this machine; choose another --host`,
        ENOTFOUND: `${host} is no known host; choose another --host`,
      };
      if (error.code === 'EADDRINUSE') {
        reject(
          new PortTakenError(`explore cannot listen: port ${port} is taken; choose another with --port`),
        );
        return;
      }
      reject(new InputError(`explore cannot listen: ${reasons[error.code ?? ''] ?? error.message}`));
    });
  });
}
