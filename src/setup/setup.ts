import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Reopening } from '../gate/reopening.js';
import { arePrivate } from '../config/spaces.js';
import type { Project } from '../projects/project.js';
import { Projects } from '../projects/projects.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { worstOf } from './check.js';
import type { CheckView, Finding, SetupReportView } from './check.js';
import { checkPublicUrl } from './public-url.js';
import { checkRedis } from './redis.js';
import { checkSignalWire, checkSigningKeys } from './signalwire.js';

/** Checks what only the surroundings can show: Redis, SignalWire, and the way from SignalWire to this service. */
@Injectable()
export class Setup implements OnApplicationBootstrap {
  private readonly logger = new Logger(Setup.name);
  private running: Promise<SetupReportView> | null = null;

  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly projects: Projects,
    private readonly connection: ApiConnection,
    private readonly signalwire: SignalWireClient,
    private readonly clock: SharedClock,
    private readonly reopening: Reopening,
  ) {}

  /** Never holds up the start: a service may start before its tunnel. */
  onApplicationBootstrap(): void {
    void this.warn();
  }

  /** Never rejects. Those who ask while a check runs get the same report. */
  check(): Promise<SetupReportView> {
    this.running ??= this.checkAll().finally(() => (this.running = null));
    return this.running;
  }

  private async warn(): Promise<void> {
    const { checks } = await this.check();
    // The start checks Redis anyway, and warns.
    const news = checks.filter(({ name, status }) => name !== 'redis' && status !== 'ok');
    for (const check of news) this.logger.warn('setup check not passed', check);
  }

  private async checkAll(): Promise<SetupReportView> {
    const projects = this.projects.all();
    const checks = await Promise.all([
      named('redis', null, checkRedis(this.connection.redis, this.environment)),
      ...projects.map((project) => this.project(project)),
      ...this.publicUrls(arePrivate(projects.map(({ spaceUrl }) => spaceUrl))),
    ]);
    const all = checks.flat();
    const isReached = all.some(({ name, status }) => name === 'public_url' && status !== 'failed');
    if (isReached) await this.reopening.addressWorks();
    return { status: worstOf(all), checks: all };
  }

  private async project(project: Project): Promise<CheckView[]> {
    const { credentials, clock } = await checkSignalWire(this.signalwire, project, this.clock);
    return Promise.all([
      named('signalwire', project.name, credentials),
      named('signing_key', project.name, checkSigningKeys(project)),
      ...(clock === null ? [] : [named('clock', project.name, clock)]),
    ]);
  }

  private publicUrls(isSimulated: boolean): Promise<CheckView>[] {
    const { PUBLIC_URL, FALLBACK_URL } = this.environment;
    const check = (base: string, variable: string) =>
      checkPublicUrl(base, variable, this.environment, isSimulated);
    return [
      named('public_url', null, check(PUBLIC_URL, 'PUBLIC_URL')),
      ...(FALLBACK_URL === undefined
        ? []
        : [named('fallback_url', null, check(FALLBACK_URL, 'FALLBACK_URL'))]),
    ];
  }
}

const named = async (
  name: string,
  project: string | null,
  finding: Finding | Promise<Finding>,
): Promise<CheckView> => ({
  name,
  project,
  ...(await finding),
});
