import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
}

/** A TCP proxy on loopback whose connections can be made to fail as those over a network do. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private isolated = false;

  private trap: { readonly text: string; readonly after: 'answers lost' | 'silence' } | null = null;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private targetPort: number,
  ) {}

  /** @param port its own; a free one unless given */
  static async start(targetHost: string, targetPort: number, port = 0): Promise<TcpProxy> {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TcpProxy(server, (server.address() as AddressInfo).port, targetPort);
    server.on('connection', (client) => proxy.join(client, connect(proxy.targetPort, targetHost)));
    return proxy;
  }

  /** The connections of now carry nothing from here on, and nobody is told; new ones work. */
  silence(): void {
    for (const { client, target } of this.pairs) {
      client.removeAllListeners('data').pause();
      target.removeAllListeners('data').pause();
    }
  }

  /** As `silence`, and the same happens to every new connection until `rejoin`. */
  isolate(): void {
    this.isolated = true;
    this.silence();
  }

  /** New connections work again; what was sent on those of now is lost. */
  rejoin(): void {
    this.isolated = false;
    this.cut();
  }

  /** What is sent on the connections of now arrives, but its answers are lost; new ones work. */
  loseAnswers(): void {
    for (const { target } of this.pairs) target.removeAllListeners('data').resume();
  }

  /** The answers on the connections of now wait until `release`. */
  holdAnswers(): void {
    for (const { target } of this.pairs) target.pause();
  }

  release(): void {
    for (const { target } of this.pairs) target.resume();
  }

  /** As `loseAnswers`, for the one connection that carries `text` next, from then on. */
  loseAnswersTo(text: string): void {
    this.trap = { text, after: 'answers lost' };
  }

  /** As `silence`, for the one connection that carries `text` next, once that has arrived. */
  silenceAfter(text: string): void {
    this.trap = { text, after: 'silence' };
  }

  /** New connections lead to another port. */
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

  /** Takes connections again, on the same port. */
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
    if (this.isolated) return;
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
