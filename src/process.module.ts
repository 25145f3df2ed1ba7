import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { ApiKeys } from './access/api-keys.js';
import { ServiceEnvironment } from './config/service.environment.js';
import { Metrics } from './platform/metrics/metrics.js';
import { showProcess } from './platform/metrics/process-info.js';
import { Readiness } from './platform/health/readiness.js';
import { Projects } from './projects/projects.js';
import { SharedClock } from './platform/redis/shared-clock.js';
import { OwnProcess } from './queue/processes/own-process.js';
import { Templates } from './templates/templates.js';

/** The parts that all roles of one process share. */
export interface SharedByRoles {
  readonly environment: ServiceEnvironment;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly projects: Projects;
  readonly apiKeys: ApiKeys;
  readonly templates: Templates;
  readonly clock: SharedClock;
  readonly own: OwnProcess;
}

/** @throws {InvalidEnvironmentError} {InvalidFileError} */
export async function sharedByRoles(environment: ServiceEnvironment): Promise<SharedByRoles> {
  const projects = new Projects(environment);
  const metrics = new Metrics();
  showProcess(metrics, environment.ROLES);
  const clock = new SharedClock();
  return {
    environment,
    metrics,
    readiness: new Readiness(),
    projects,
    apiKeys: new ApiKeys(environment, projects),
    templates: await Templates.of(environment),
    clock,
    own: new OwnProcess(environment, clock),
  };
}

/** The root module of each role's application; provides the shared parts. */
@Module({})
export class ProcessModule {
  static running(role: Type, shared: SharedByRoles): DynamicModule {
    const providers = [
      { provide: ServiceEnvironment, useValue: shared.environment },
      { provide: Metrics, useValue: shared.metrics },
      { provide: Readiness, useValue: shared.readiness },
      { provide: ApiKeys, useValue: shared.apiKeys },
      { provide: Projects, useValue: shared.projects },
      { provide: Templates, useValue: shared.templates },
      { provide: SharedClock, useValue: shared.clock },
      { provide: OwnProcess, useValue: shared.own },
    ];
    return {
      module: ProcessModule,
      global: true,
      imports: [role],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
