import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FromCaller } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { NeedsScope } from '../../access/needs-scope.js';
import { Problem } from '../../platform/http/problem.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { Lists } from '../../queue/listing/lists.js';
import { CancellationViews } from '../cancellation-views.js';
import { Cancellation } from '../cancellation.js';
import { knownTo, listFilterOf } from './filter.dto.js';
import { cursorOf, ListQuery, placeOf } from './list-query.dto.js';

/** A page of cancellations, the newest first. */
export class CancellationPage {
  @ApiProperty({ type: [Cancellation] })
  readonly items: readonly Cancellation[];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'the `cursor` of the next page; null on the last one. A page may have fewer items than `limit`, or none, and still have a next one',
  })
  readonly nextCursor: string | null;
}

@ApiTags('cancellations')
@Controller('cancellations')
export class ListsController {
  constructor(
    private readonly connection: ApiConnection,
    private readonly lists: Lists,
    private readonly views: CancellationViews,
  ) {}

  /** Lists cancellations, the newest first. New ones that come in the meantime do not move the pages. */
  @Get()
  @ApiOperation({ summary: 'Lists cancellations' })
  @NeedsScope('read')
  @ApiResponse({ status: 200, type: CancellationPage })
  @ApiResponse({ status: 400, type: Problem, description: '`invalid_query`: `errors` names each parameter' })
  @ApiResponse({ status: 503, type: Problem, description: '`queue_unavailable`: Redis is out of reach' })
  list(
    @Query() { limit, cursor, ...fields }: ListQuery,
    @FromCaller() caller: Caller | null,
  ): Promise<CancellationPage> {
    const filter = knownTo(caller, listFilterOf(fields));
    return answeredInTime(this.connection, async () => {
      const { items, next } = await this.lists.page(filter, placeOf(cursor), limit);
      return { items: await this.views.ofMany(items), nextCursor: cursorOf(next) };
    });
  }
}
