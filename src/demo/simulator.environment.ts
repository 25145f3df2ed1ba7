import { IsIn, IsNotEmpty, IsOptional, IsString, IsUrl } from 'class-validator';
import { IsPort } from '../config/environment.rules.js';
import { LOG_LEVELS } from '../platform/logging/logger.js';
import type { LogLevel } from '../platform/logging/logger.js';
import { DEFAULT_CONFIG } from '../simulator/simulator.config.js';
import type { SimulatorConfig } from '../simulator/simulator.config.js';

/** The variables of the simulator when it runs by itself. */
export class SimulatorEnvironment {
  @IsPort()
  readonly SIMULATOR_PORT: number = DEFAULT_CONFIG.port;

  @IsString()
  @IsNotEmpty()
  readonly SIMULATOR_HOST: string = DEFAULT_CONFIG.host;

  @IsString()
  @IsNotEmpty()
  readonly SIGNALWIRE_PROJECT_ID: string = DEFAULT_CONFIG.projectId;

  @IsString()
  @IsNotEmpty()
  readonly SIGNALWIRE_API_TOKEN: string = DEFAULT_CONFIG.apiToken;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  readonly SIGNALWIRE_SIGNING_KEY?: string;

  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly SERVICE_URL: string = DEFAULT_CONFIG.serviceUrl;

  @IsString()
  @IsNotEmpty()
  readonly SERVICE_API_KEY: string = DEFAULT_CONFIG.serviceApiKey;

  @IsIn(LOG_LEVELS, { message: `$property must be one of ${LOG_LEVELS.join(', ')}` })
  readonly LOG_LEVEL: LogLevel = 'info';
}

export const simulatorConfig = (environment: SimulatorEnvironment): SimulatorConfig => ({
  ...DEFAULT_CONFIG,
  port: environment.SIMULATOR_PORT,
  host: environment.SIMULATOR_HOST,
  projectId: environment.SIGNALWIRE_PROJECT_ID,
  apiToken: environment.SIGNALWIRE_API_TOKEN,
  serviceUrl: environment.SERVICE_URL,
  serviceApiKey: environment.SERVICE_API_KEY,
  signingKey: environment.SIGNALWIRE_SIGNING_KEY,
});
