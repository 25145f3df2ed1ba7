import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FromCaller } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { NeedsKey, NeedsScope } from '../../access/needs-scope.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { ApiProblems } from '../../problems/api-problems.js';
import { ProofSigner } from '../../proof/proof-signer.js';
import { statementOf } from '../../proof/statement.js';
import { CancellationViews } from '../cancellation-views.js';
import { ID_PARAMETER } from '../parameters.js';
import { CancellationProof, ProofKey } from './proof.dto.js';

/** Shows to others what happened to a cancellation, so that they need not trust whoever passes it on. */
@ApiTags('cancellations')
@Controller()
export class ProofController {
  constructor(
    private readonly views: CancellationViews,
    private readonly signer: ProofSigner,
    private readonly clock: SharedClock,
  ) {}

  @Get('cancellations/:id/proof')
  @ApiOperation({
    operationId: 'proveCancellation',
    summary: 'Reads a signed proof of what happened',
    description:
      'Every recorded fact about the cancellation with its time and source, and what is not known, signed with `PROOF_KEY`. Of one that ' +
      'is not finished, it tells what is known so far; of one that is, also what was reported up to a minute after its end.',
  })
  @NeedsScope('read')
  @ApiParam(ID_PARAMETER)
  @ApiResponse({ status: 200, type: CancellationProof, description: 'the statement and its signature' })
  @ApiProblems('cancellation_not_found', 'proof_key_missing', 'queue_unavailable')
  async prove(@Param('id') id: string, @FromCaller() caller: Caller | null): Promise<CancellationProof> {
    const { stored, view } = await this.views.findForProof(id, caller);
    const statement = statementOf(stored, view, this.clock.now());
    return { ...this.signer.sign(statement), statement };
  }

  @Get('proof-key')
  @ApiOperation({
    operationId: 'readProofKey',
    summary: 'Reads the public key of proofs',
    description:
      'The public key of `PROOF_KEY`. Give it to those who verify proofs once, by a way that they trust.',
  })
  @NeedsKey()
  @ApiResponse({ status: 200, type: ProofKey, description: 'the key' })
  @ApiProblems('proof_key_missing')
  key(): ProofKey {
    return this.signer.publicKey;
  }
}
