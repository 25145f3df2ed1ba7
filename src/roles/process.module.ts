import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Metrics } from '../monitoring/metrics.js';
import { Readiness } from '../monitoring/readiness.js';

/** What the roles of one process have in common. */
export interface SharedByRoles {
  readonly environment: ServiceEnvironment;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
}

/** The root of each role's application: gives the role what the process shares. */
@Module({})
export class ProcessModule {
  static running(role: Type, { environment, metrics, readiness }: SharedByRoles): DynamicModule {
    const providers = [
      { provide: ServiceEnvironment, useValue: environment },
      { provide: Metrics, useValue: metrics },
      { provide: Readiness, useValue: readiness },
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
