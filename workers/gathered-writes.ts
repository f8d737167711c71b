// One write for what one turn of the event loop tells Redis. The client writes every command by itself, and a write is a
// system call: of a hundred jobs that end together that was a hundred, a tenth of the processor time of a job.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

// What Redis reads at once: it works on the first of many commands while the others are written down.
const gatheredBytes = 16 * 1024;

/** Holds back what is written until this turn and its promises are through, or there is enough: nothing waits for company. */
export function gatherWrites<S extends Socket>(socket: S): S {
  const write = socket.write;
  let gathering = false;
  const flush = () => {
    if (!gathering) return;
    gathering = false;
    socket.uncork();
  };
  socket.write = ((...args: Parameters<typeof write>) => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(flush);
    }
    const taken = Reflect.apply(write, socket, args);
    if (socket.writableLength >= gatheredBytes) flush();
    return taken;
  }) as typeof write;
  return socket;
}

/** For ioredis' option `Connector`: a single Redis, by address or socket file, with TLS or without. */
export class GatheringConnector extends AbstractConnector {
  readonly #options: RedisOptions;

  constructor(options: unknown) {
    super((options as { disconnectTimeout: number }).disconnectTimeout);
    this.#options = options as RedisOptions;
  }

  async connect(): Promise<Socket> {
    this.connecting = true;
    // Whoever asks for a connection may take it back in the same turn.
    await null;
    if (!this.connecting) throw new Error('Connection is closed.');
    const { host = 'localhost', port = 6379, family = 0, path, tls } = this.#options;
    const address = path === undefined ? { host, port, family } : { path };
    const socket: Socket =
      tls === undefined ? connectPlain(address) : connectTls({ ...address, ...(tls as ConnectionOptions) });
    socket.once('error', (error) => {
      this.firstError = error;
    });
    this.stream = gatherWrites(socket) as typeof this.stream;
    return socket;
  }
}
