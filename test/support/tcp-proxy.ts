import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

/** Every address. */
const ALL = '*';

const isFrom = (client: Socket, from: string): boolean => from === ALL || client.remoteAddress === from;

/** A TCP proxy on loopback whose connections can be made to fail in the ways of a network. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  /** Whose connections carry nothing. */
  private isolated: string | null = null;

  private trap: { readonly text: string; readonly after: 'answers lost' | 'silence' } | null = null;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private targetPort: number,
  ) {}

  /** @param port the proxy's own; default: a free one */
  static async start(targetHost: string, targetPort: number, port = 0): Promise<TcpProxy> {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(server, (server.address() as AddressInfo).port, targetPort);
    server.on('connection', (client) => proxy.join(client, connect(proxy.targetPort, targetHost)));
    return proxy;
  }

  /** Existing connections carry nothing more, but stay open; new ones work. @param from whose; default: all */
  silence(from: string = ALL): void {
    for (const { client, target } of this.pairs) {
      if (!isFrom(client, from)) continue;
      client.removeAllListeners('data').pause();
      target.removeAllListeners('data').pause();
    }
  }

  /** Like `silence`, also for every new connection until `rejoin`. @param from whose address; default: all */
  isolate(from: string = ALL): void {
    this.isolated = from;
    this.silence(from);
  }

  /** Existing connections are cut and what was sent on them is lost; new ones work again. */
  rejoin(): void {
    this.isolated = null;
    this.cut();
  }

  /** Requests on existing connections arrive, but their answers are lost; new connections work. */
  loseAnswers(): void {
    for (const { target } of this.pairs) target.removeAllListeners('data').resume();
  }

  /** Holds the answers on existing connections until `release`. */
  holdAnswers(): void {
    for (const { target } of this.pairs) target.pause();
  }

  release(): void {
    for (const { target } of this.pairs) target.resume();
  }

  /** Like `loseAnswers`, for the next connection that carries `text`, from then on. */
  loseAnswersTo(text: string): void {
    this.trap = { text, after: 'answers lost' };
  }

  /** Like `silence`, for the next connection that carries `text`, once that has arrived. */
  silenceAfter(text: string): void {
    this.trap = { text, after: 'silence' };
  }

  /** New connections go to another port. */
  leadTo(targetPort: number): void {
    this.targetPort = targetPort;
  }

  cut(): void {
    for (const { client } of this.pairs) client.destroy();
  }

  /** Cuts all connections and refuses new ones until `open`. */
  async refuse(): Promise<void> {
    this.cut();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  /** Accepts connections again, on the same port. */
  async open(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  close(): Promise<void> {
    return this.refuse();
  }

  private join(client: Socket, target: Socket): void {
    const pair = { client, target };
    this.pairs.add(pair);
    const end = (): void => {
      this.pairs.delete(pair);
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) socket.on('error', end).on('close', end);
    if (this.isolated !== null && isFrom(client, this.isolated)) return;
    client.on('data', (chunk) => {
      this.springTrap(pair, chunk);
      target.write(chunk);
    });
    target.on('data', (chunk) => client.write(chunk));
  }

  private springTrap({ client, target }: Pair, chunk: Buffer): void {
    if (this.trap === null || !chunk.includes(this.trap.text)) return;
    target.removeAllListeners('data').resume();
    if (this.trap.after === 'silence') client.removeAllListeners('data').pause();
    this.trap = null;
  }
}
