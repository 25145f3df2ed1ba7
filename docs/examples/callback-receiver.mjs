// Receives callbacks and verifies their signatures. Needs: npm install standardwebhooks
// Run it: CALLBACK_SECRET=whsec_… PORT=8080 node callback-receiver.mjs
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.CALLBACK_SECRET);

/** A callback may come more than once. Keep these where they outlive the process. */
const seen = new Set();

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let callback;
  try {
    // Over the body as it was received: JSON that was parsed and written again has another signature.
    callback = webhook.verify(Buffer.concat(chunks), request.headers);
  } catch {
    response.writeHead(401).end();
    return;
  }
  // Answer first and work later: no answer within 10 s counts as a failure.
  response.writeHead(204).end();
  const id = request.headers['webhook-id'];
  if (seen.has(id)) return;
  seen.add(id);
  console.log(callback.type, callback.data.callSid, callback.data.evidence);
});

server.listen(Number(process.env.PORT ?? 8080), () => console.log(`listening on ${server.address().port}`));
