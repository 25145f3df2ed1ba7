import { applyDecorators } from '@nestjs/common';
import { Equals } from 'class-validator';
import { Optional } from '../platform/validation/optional.js';

const NotYet = () =>
  applyDecorators(Optional(), Equals(undefined, { message: '$property is not supported yet; remove it' }));

/** Planned variables. Ignoring them silently would suggest a protection that does not exist yet. */
export class UnsupportedEnvironment {
  @NotYet()
  readonly REDIS_SENTINELS?: undefined;

  @NotYet()
  readonly REDIS_CLUSTER_NODES?: undefined;
}
