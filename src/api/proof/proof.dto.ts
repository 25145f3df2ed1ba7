import { ApiProperty } from '@nestjs/swagger';
import { EVIDENCE_LEVELS, STATUSES } from '../../cancellation/view.js';
import type { CancellationView } from '../../cancellation/view.js';
import { FACTS } from '../../proof/facts.js';
import type * as facts from '../../proof/facts.js';
import { PROOF_ALGORITHM } from '../../proof/proof-signer.js';
import type { PublicProofKey, Signed } from '../../proof/proof-signer.js';
import { STATEMENT_FORMAT } from '../../proof/statement.js';
import type { Statement } from '../../proof/statement.js';
import { Warning } from '../cancellation.js';

type SubjectOfProof = Statement['cancellation'];

const TIME = { type: String, format: 'date-time' } as const;
const TIME_OR_NULL = { ...TIME, nullable: true } as const;
const TEXT_OR_NULL = { type: String, nullable: true } as const;

const KEY_ID = {
  description: 'the SHA-256 of the public key in DER, in hexadecimal',
  pattern: '^[0-9a-f]{64}$',
} as const;
const ALGORITHM = { enum: [PROOF_ALGORITHM], description: 'RFC 8032' };

/** The public key that verifies proofs. */
export class ProofKey implements PublicProofKey {
  @ApiProperty(KEY_ID)
  readonly keyId: string;

  @ApiProperty(ALGORITHM)
  readonly algorithm: typeof PROOF_ALGORITHM;

  @ApiProperty({ description: 'in PEM' })
  readonly publicKey: string;
}

class ProvenFact implements facts.Fact {
  @ApiProperty({ enum: FACTS, description: 'for programs' })
  readonly what: facts.Fact['what'];

  @ApiProperty({ ...TIME_OR_NULL, description: 'null where the time was not recorded' })
  readonly at: string | null;

  @ApiProperty({ description: 'what happened, in words' })
  readonly text: string;

  @ApiProperty({ description: 'how it is known' })
  readonly source: string;
}

class ProvenCancellation implements SubjectOfProof {
  @ApiProperty({ format: 'uuid', description: 'its id' })
  readonly id: string;

  @ApiProperty({ description: 'its project' })
  readonly project: string;

  @ApiProperty({ description: 'its call' })
  readonly callSid: string;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'the name of its stream' })
  readonly streamName: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'the SID of its stream, where it is known' })
  readonly streamSid: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'the name of the API key that asked for it' })
  readonly requestedBy: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: '`X-Request-Id` of the request that asked for it' })
  readonly requestId: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'the cancellation that it repeats' })
  readonly retryOf: string | null;

  @ApiProperty({ ...TIME, description: 'when it was accepted' })
  readonly createdAt: string;

  @ApiProperty({ ...TIME, description: 'after which nothing is sent for it' })
  readonly deadline: string;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when it ended' })
  readonly finishedAt: string | null;

  @ApiProperty({ enum: STATUSES, description: 'how it stands, or ended' })
  readonly status: CancellationView['status'];

  @ApiProperty({ enum: EVIDENCE_LEVELS, description: 'the strongest that there is' })
  readonly evidence: CancellationView['evidence'];

  @ApiProperty({ type: [Warning], description: 'what it does, or did, that its caller may not have meant' })
  readonly warnings: readonly Warning[];
}

class ProofStatement implements Statement {
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
export class CancellationProof implements Signed {
  @ApiProperty(KEY_ID)
  readonly keyId: string;

  @ApiProperty(ALGORITHM)
  readonly algorithm: typeof PROOF_ALGORITHM;

  @ApiProperty({ format: 'byte', description: 'the statement as it was signed: its bytes, in base64' })
  readonly payload: string;

  @ApiProperty({ format: 'byte', description: 'of the bytes of `payload`, in base64' })
  readonly signature: string;

  @ApiProperty({ description: 'the same as `payload`, to be read at once; only `payload` is signed' })
  readonly statement: ProofStatement;
}
