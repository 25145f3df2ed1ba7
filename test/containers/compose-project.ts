import { randomBytes } from 'node:crypto';
import { devNull } from 'node:os';
import { freePort } from '../../src/demo/free-port.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import type { CreateCall } from '../../src/simulator/calls/create-call.js';
import { ApiClient } from '../support/service.js';
import { docker } from './docker.js';
import type { Container } from './docker.js';

/** The API key of docker-compose.yml if none is configured. */
const DEMO_KEY = 'demo-key';

/** Empty, so that no variable of the shell leads the tests to a real SignalWire or Redis. */
const NOTHING_CONFIGURED = {
  SIGNALWIRE_SPACE_URL: '',
  LINK_SECRET: '',
  API_KEYS: '',
  REDIS_URL: '',
  BIND_ADDRESS: '',
  PUBLIC_BIND_ADDRESS: '',
  FALLBACK_URL: '',
};

/** Runs Compose on docker-compose.yml without `.env` and returns its output. */
export function compose(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  return docker(['compose', '--env-file', devNull, ...args], { ...NOTHING_CONFIGURED, ...variables });
}

/** The services of docker-compose.yml with their own project name, image name and ports. */
export class ComposeProject {
  private constructor(
    readonly name: string,
    private readonly variables: Readonly<Record<string, string>>,
    readonly api: ApiClient,
    readonly simulator: SimulatorClient,
  ) {}

  static async prepare(): Promise<ComposeProject> {
    const name = `streamstop-test-${randomBytes(4).toString('hex')}`;
    const [api, documents, simulator] = [await freePort(), await freePort(), await freePort()];
    const variables = {
      COMPOSE_PROJECT_NAME: name,
      STREAMSTOP_IMAGE: name,
      PORT: String(api),
      PUBLIC_PORT: String(documents),
      SIMULATOR_PORT: String(simulator),
    };
    return new ComposeProject(
      name,
      variables,
      new ApiClient(`http://127.0.0.1:${api}`, DEMO_KEY),
      new SimulatorClient(`http://127.0.0.1:${simulator}`),
    );
  }

  compose(...args: readonly string[]): Promise<string> {
    return compose(args, this.variables);
  }

  /** Runs a command in a container of a service. */
  exec(service: string, ...command: readonly string[]): Promise<string> {
    return this.compose('exec', '-T', service, ...command);
  }

  /** The containers of the project or of one service, including stopped ones. */
  async containers(service?: string): Promise<readonly Container[]> {
    const ids = await this.compose('ps', '--all', '--quiet', ...(service === undefined ? [] : [service]));
    if (ids === '') return [];
    return JSON.parse(await docker(['inspect', ...ids.split('\n')])) as Container[];
  }

  /** Removes containers, volumes and the image. */
  async remove(): Promise<void> {
    await this.compose('down', '--volumes', '--remove-orphans', '--timeout', '1');
    await docker(['image', 'rm', '--force', this.name]);
  }
}

/** The simulator's control routes and its page. */
export class SimulatorClient {
  constructor(private readonly url: string) {}

  async createCall(call: CreateCall): Promise<CallView> {
    const response = await fetch(`${this.url}/simulator/calls`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    });
    return (await response.json()) as CallView;
  }

  async statusOf(path: string): Promise<number> {
    return (await fetch(`${this.url}${path}`)).status;
  }

  async call(sid: string): Promise<CallView> {
    return (await (await fetch(`${this.url}/simulator/calls/${sid}`)).json()) as CallView;
  }
}
