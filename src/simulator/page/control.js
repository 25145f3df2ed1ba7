/** @returns the sid of the new call */
export const createCall = (call) => control('POST', '', call);

export const endCall = (sid) => control('PATCH', `/${encodeURIComponent(sid)}`, { status: 'completed' });

/** The simulator's control API. @throws {Error} with its message, where it refuses */
async function control(method, path, body) {
  const options = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`/simulator/calls${path}`, { ...options, method });
  const { sid, message } = await answer.json();
  if (!answer.ok) throw new Error(message);
  return sid;
}
