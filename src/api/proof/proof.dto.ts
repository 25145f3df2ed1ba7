import { ApiProperty, PickType } from '@nestjs/swagger';
import { FACTS } from '../../proof/facts.js';
import type * as facts from '../../proof/facts.js';
import { PROOF_ALGORITHM } from '../../proof/proof-signer.js';
import { STATEMENT_FORMAT, SUBJECT } from '../../proof/statement.js';
import { Cancellation } from '../cancellation.js';
import { TIME } from '../schemas/fields.schema.js';

/** The public key that verifies proofs. */
export class ProofKey {
  @ApiProperty({
    description: 'the SHA-256 of the public key in DER, in hexadecimal',
    pattern: '^[0-9a-f]{64}$',
  })
  readonly keyId: string;

  @ApiProperty({ enum: [PROOF_ALGORITHM], description: 'RFC 8032' })
  readonly algorithm: typeof PROOF_ALGORITHM;

  @ApiProperty({ description: 'in PEM' })
  readonly publicKey: string;
}

class ProvenFact implements facts.Fact {
  @ApiProperty({ enum: FACTS, description: 'for programs' })
  readonly what: facts.Fact['what'];

  @ApiProperty({ ...TIME, nullable: true, description: 'null where the time was not recorded' })
  readonly at: string | null;

  @ApiProperty({ description: 'what happened, in words' })
  readonly text: string;

  @ApiProperty({ description: 'how it is known' })
  readonly source: string;
}

/** As the API shows it. */
class ProvenCancellation extends PickType(Cancellation, SUBJECT) {}

class ProofStatement {
  @ApiProperty({ enum: [STATEMENT_FORMAT], description: 'of the statement' })
  readonly format: typeof STATEMENT_FORMAT;

  @ApiProperty({ ...TIME, description: 'when it was made: it tells what was known then' })
  readonly issuedAt: string;

  @ApiProperty({ description: 'what it is about, as `GET /cancellations/{id}` shows it' })
  readonly cancellation: ProvenCancellation;

  @ApiProperty({ description: 'what the facts show, and no more than that' })
  readonly conclusion: string;

  @ApiProperty({
    type: [ProvenFact],
    description: 'in the order of time; those without a time come last',
  })
  readonly facts: readonly facts.Fact[];

  @ApiProperty({ type: [String], description: 'what the facts do not tell' })
  readonly notKnown: readonly string[];

  @ApiProperty({ description: 'what the times are worth' })
  readonly clock: string;
}

/** What is known of a cancellation, signed. */
export class CancellationProof extends PickType(ProofKey, ['keyId', 'algorithm']) {
  @ApiProperty({ format: 'byte', description: 'the statement as it was signed: its bytes, in base64' })
  readonly payload: string;

  @ApiProperty({ format: 'byte', description: 'of the bytes of `payload`, in base64' })
  readonly signature: string;

  @ApiProperty({ description: 'the same as `payload`, to be read at once; only `payload` is signed' })
  readonly statement: ProofStatement;
}
