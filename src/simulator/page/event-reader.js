const RECONNECT_MS = 2000;

/**
 * Reads the simulator's events forever. Browsers reconnect after a broken connection but give up after an error
 * response; this class reconnects after both.
 */
export class EventReader {
  /** @param on handlers for `state`, `reset`, `call` and `line` */
  constructor(url, on) {
    this.url = url;
    this.on = on;
  }

  connect() {
    const source = new EventSource(this.url);
    source.addEventListener('open', () => this.on.state('live', 'Live'));
    source.addEventListener('error', () => {
      this.on.state('lost', 'Disconnected. The page may be out of date. Reconnecting …');
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.connect(), RECONNECT_MS);
    });
    for (const type of ['reset', 'call', 'line']) {
      source.addEventListener(type, ({ data, lastEventId }) => this.on[type](JSON.parse(data), lastEventId));
    }
  }
}
