import { ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { OptionalBody } from '../../platform/validation/request-validation.js';
import { Optional } from '../../platform/validation/optional.js';
import { PROJECT_NAME } from '../../projects/project.js';

/** The body of `POST /queue/pause` and `POST /queue/resume`. */
@OptionalBody()
export class PauseScope {
  @ApiPropertyOptional({
    pattern: PROJECT_NAME.source,
    example: 'default',
    description: 'the project; everything if absent',
  })
  @Optional()
  @Matches(PROJECT_NAME, {
    message: '$property must be the name of a project: 1 to 64 letters, digits, ., - or _',
  })
  readonly project?: string;
}
