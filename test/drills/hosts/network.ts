import { randomBytes } from 'node:crypto';
import type { Program } from '../../../src/demo/program.js';
import type { Place, Premises } from '../parts/premises.js';
import { ip, namespace, OWN } from './namespace.js';
import type { Namespace } from './namespace.js';

/** Reserved for measurements (RFC 2544), so that nothing else has these addresses. */
const INSIDE = '198.18.0';
const OUTSIDE = '198.19.0';

type Side = 'inside' | 'outside';

/** What has an address of its own. */
export type Host = 'callers' | 'SignalWire' | 'redis' | 'api' | 'worker' | 'worker 2' | 'documents';

const SIDES: Readonly<Record<Host, readonly Side[]>> = {
  callers: ['inside'],
  SignalWire: ['outside'],
  redis: ['inside'],
  api: ['inside'],
  worker: ['inside', 'outside'],
  'worker 2': ['inside', 'outside'],
  documents: ['inside', 'outside'],
};

const HOSTS = Object.keys(SIDES) as Host[];

/** Callers and SignalWire are this process, at addresses of their own. */
const IN_THIS_PROCESS: ReadonlySet<Host> = new Set(['callers', 'SignalWire']);

/**
 * Hosts, each a network namespace, on two networks: inside are the callers and the service with its Redis; workers and
 * documents also have an address outside, where SignalWire is.
 */
export class Network implements Premises {
  readonly apiKey = randomBytes(16).toString('hex');
  private readonly free: Host[] = HOSTS.filter((host) => !IN_THIS_PROCESS.has(host));

  private constructor(
    /** Has one bridge for each side, to which every host is connected. */
    private readonly hub: Namespace,
    private readonly hosts: ReadonlyMap<Host, Namespace>,
  ) {}

  /** @throws {NotRunnableError} */
  static async open(program: Program): Promise<Network> {
    const hub = await namespace(program);
    for (const side of ['inside', 'outside']) {
      await ip(hub, `link add ${side} type bridge`);
      await ip(hub, `link set ${side} up`);
    }
    const hosts = new Map<Host, Namespace>();
    for (const host of HOSTS) {
      hosts.set(host, IN_THIS_PROCESS.has(host) ? OWN : await namespace(program));
    }
    const network = new Network(hub, hosts);
    for (const host of HOSTS) await network.connect(host);
    return network;
  }

  get redis(): Place {
    return this.place('redis');
  }

  get signalWire(): string {
    return addressOf('SignalWire', 'outside');
  }

  get documents(): string {
    return addressOf('documents', 'outside');
  }

  placeOf(roles: string): Place {
    const host = this.free.find((name) => name.startsWith(roles));
    if (host === undefined) throw new Error(`there is no further host for ${roles}`);
    this.free.splice(this.free.indexOf(host), 1);
    return this.place(host);
  }

  /** Nothing reaches the host any more, or comes from it, and nobody is told. */
  cutOff(host: Host): Promise<void> {
    return this.setCables(host, 'down');
  }

  bringBack(host: Host): Promise<void> {
    return this.setCables(host, 'up');
  }

  private place(host: Host): Place {
    return { address: addressOf(host, 'inside'), within: this.namespaceOf(host).within };
  }

  private async connect(host: Host): Promise<void> {
    const there = this.namespaceOf(host);
    if (there !== OWN) await ip(there, 'link set lo up');
    for (const side of SIDES[host]) {
      // This process may share its namespace with another such program.
      const device = `${side}${process.pid}`;
      await ip(this.hub, `link add ${cable(host, side)} type veth peer name ${device} netns ${there.pid}`);
      await ip(this.hub, `link set ${cable(host, side)} master ${side}`);
      await ip(there, `address add ${addressOf(host, side)}/24 dev ${device}`);
      await ip(there, `link set ${device} up`);
    }
    await this.bringBack(host);
  }

  private async setCables(host: Host, state: 'up' | 'down'): Promise<void> {
    for (const side of SIDES[host]) await ip(this.hub, `link set ${cable(host, side)} ${state}`);
  }

  private namespaceOf(host: Host): Namespace {
    const found = this.hosts.get(host);
    if (found === undefined) throw new Error(`${host} is not on the network`);
    return found;
  }
}

/** Its end at the hub. */
const cable = (host: Host, side: Side): string => `${side}-${numberOf(host)}`;

const addressOf = (host: Host, side: Side): string =>
  `${side === 'inside' ? INSIDE : OUTSIDE}.${numberOf(host)}`;

const numberOf = (host: Host): number => HOSTS.indexOf(host) + 1;
