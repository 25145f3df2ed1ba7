import { Body, Controller, Post } from '@nestjs/common';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { echoApi } from '../../support/echo-api.js';

class NoteDto {
  @IsString()
  readonly text: string;
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
  ])('has %s refused by name', async (body, field) => {
    const name = field.replace('a.', '');
    const message = `${name} is not a known field; remove it`;
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_body', detail: message, errors: [{ field, message }] },
    });
  });

  it('is refused at once where it has very many fields, known or not', async () => {
    const fields = Object.fromEntries(Array.from({ length: 50 }, (_, place) => [`field${place}`, 1]));
    expect(await post({ text: 'x', ...fields })).toMatchObject({
      status: 400,
      body: { code: 'invalid_body', detail: 'a request has no more than 50 fields' },
    });
  });

  it('is said to be no JSON where it is none', async () => {
    expect(await post('{"text"')).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  it('does not come back whole in the answer', async () => {
    const long = 'n'.repeat(60_000);
    const { status, body } = await post({ text: 'x', [long]: 1 });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'invalid_body',
      errors: [{ field: expect.stringMatching(/^n{97}\.\.\.$/) as string }],
    });
    expect(JSON.stringify(body).length).toBeLessThan(1000);
  });

  it('has names of 100 characters left as they are', async () => {
    const name = 'n'.repeat(100);
    expect(await post({ text: 'x', [name]: 1 })).toMatchObject({ body: { errors: [{ field: name }] } });
  });
});
