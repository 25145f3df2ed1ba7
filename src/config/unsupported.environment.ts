import { applyDecorators } from '@nestjs/common';
import { Equals } from 'class-validator';
import { Optional } from '../validation/optional.js';

/** Refuses every value but `only`, which is what the service does anyway. */
const NotYet = (only?: string) =>
  applyDecorators(Optional(), Equals(only, { message: '$property is not supported yet; remove it' }));

/** Variables that are to come. Passed over in silence, they would promise a safety that is not there. */
export class UnsupportedEnvironment {
  @NotYet()
  readonly SIGNALWIRE_SIGNING_KEY?: undefined;

  @NotYet()
  readonly DOCUMENT_URL?: undefined;

  @NotYet('document_fetched')
  readonly REQUIRED_EVIDENCE?: string;

  @NotYet()
  readonly REDIS_SENTINELS?: undefined;

  @NotYet()
  readonly REDIS_CLUSTER_NODES?: undefined;
}
