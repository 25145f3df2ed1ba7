import { applyDecorators } from '@nestjs/common';
import { Equals } from 'class-validator';
import { Optional } from '../platform/validation/optional.js';

const NotYet = () =>
  applyDecorators(Optional(), Equals(undefined, { message: '$property is not supported yet; remove it' }));

/** Variables that are to come. Passed over in silence, they would promise a safety that is not there. */
export class UnsupportedEnvironment {
  @NotYet()
  readonly REDIS_SENTINELS?: undefined;

  @NotYet()
  readonly REDIS_CLUSTER_NODES?: undefined;
}
