import { Body, Controller, Post } from '@nestjs/common';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Optional } from '../../../src/platform/validation/optional.js';
import { echoApi } from '../../support/echo-api.js';

class NoteDto {
  @IsString()
  readonly text: string;

  @Optional()
  @IsString()
  readonly author?: string;
}

@Controller()
class NotesController {
  @Post()
  echo(@Body() note: NoteDto): NoteDto {
    return note;
  }
}

describe('the body of a request', () => {
  const post = echoApi(NotesController);

  it.each([
    ['{"text":"x","__proto__":{"text":1}}', '__proto__'],
    ['{"text":"x","\\u005f_proto__":1}', '__proto__'],
    ['{"text":"x","a":{"__proto__":{}}}', 'a.__proto__'],
    ['{"text":"x","constructor":{"prototype":{}}}', 'constructor'],
    ['{"text":"x","constructor":1}', 'constructor'],
    ['{"text":"x","other":1}', 'other'],
  ])('is refused by the name of its unknown field: %s', async (body, field) => {
    const name = field.replace('a.', '');
    const message = `${name} is not a known field; remove it`;
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_body', detail: message, errors: [{ field, message }] },
    });
  });

  it('takes null for an optional field as absent', async () => {
    expect(await post({ text: 'x', author: null })).toEqual({ status: 201, body: { text: 'x' } });
  });

  it.each(['text', 'other'])('does not take null for the field %s as absent', async (field) => {
    expect(await post({ text: 'x', [field]: null })).toMatchObject({
      status: 400,
      body: { errors: [{ field }] },
    });
  });

  it.each(['null', '[]', '"text"', '1', 'true', '[{"text":"x"}]'])(
    'must be an object, not %s',
    async (body) => {
      const message = 'the body must be a JSON object';
      expect(await post(body)).toMatchObject({
        status: 400,
        body: { code: 'invalid_body', errors: [{ field: '', message }] },
      });
    },
  );

  it('is refused before it is transformed if it is too large', async () => {
    const fields = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field${index}`, 1]));
    expect(await post({ text: 'x', ...fields })).toMatchObject({
      status: 400,
      body: { code: 'invalid_body', detail: 'the body has more than 50 fields' },
    });
  });

  it('must be JSON', async () => {
    expect(await post('{"text"')).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it('is not repeated in the response if a name is very long', async () => {
    const long = 'n'.repeat(60_000);
    const { status, body } = await post({ text: 'x', [long]: 1 });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'invalid_body',
      errors: [{ field: expect.stringMatching(/^n{97}\.\.\.$/) as string }],
    });
    expect(JSON.stringify(body).length).toBeLessThan(1000);
  });

  it('is refused by the whole name if that has 100 characters', async () => {
    const name = 'n'.repeat(100);
    expect(await post({ text: 'x', [name]: 1 })).toMatchObject({ body: { errors: [{ field: name }] } });
  });
});
