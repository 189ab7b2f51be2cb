import { createDetail } from './detail.js';
import { setText } from './dom.js';
import { createFailures } from './failures.js';
import { createMessage } from './message.js';
import { createOverview } from './overview.js';
import { eventsPath, overviewHash, parseRoute } from './route.js';
import { readToken } from './session.js';
import { openStream } from './stream.js';

/** Without an answer for this time, values are marked as old. In ms. */
const STALE_MS = 5_000;

const main = byId('main');
const live = byId('live');
const scope = byId('scope');
const showFailures = createFailures(byId('failures'));

let close = () => {};
let destroy = () => {};
let lastData = 0;

/** Shows the page that the address names, and follows it while the tab is visible. */
function open() {
  close();
  destroy();
  const token = readToken();
  const route = parseRoute(location.hash);
  const page = route.page === 'overview' ? createOverview(route.search, search) : createDetail(route);
  main.replaceChildren(page.node);
  destroy = 'destroy' in page ? page.destroy : () => {};
  document.title = page.title;
  follow(eventsPath(route), token, page);

  /** The page stays, and with it the focus. @param {string} text */
  function search(text) {
    close();
    history.replaceState(null, '', overviewHash(text, 1));
    follow(eventsPath(parseRoute(location.hash)), token, page);
  }
}

/**
 * @param {string} path
 * @param {string} token
 * @param {{ update(data: any): void, node: HTMLElement }} page
 */
function follow(path, token, page) {
  const closeStream = openStream(path, token, {
    onData(data) {
      lastData = performance.now();
      main.classList.remove('stale');
      setText(live, `Live, ${new Date().toLocaleTimeString()}`);
      live.dataset.state = 'live';
      if (data.error !== undefined)
        return showFailures([{ part: 'dashboard', problem: data.error, remedy: '' }]);
      if (page.node.parentElement !== main) main.replaceChildren(page.node);
      showFailures(data.failures);
      if (data.view === 'overview') setText(scope, data.scope);
      page.update(data);
    },
    onLost: () =>
      lost('Disconnected', [
        {
          part: 'dashboard',
          problem: 'activescale dashboard does not answer: the values below are old.',
          remedy: 'If it has ended, start it again and open the new URL.',
        },
      ]),
    onRefused(status, why) {
      if (status !== 401) return lost('Disconnected', [{ part: 'dashboard', problem: why, remedy: '' }]);
      lost('No access', []);
      main.replaceChildren(
        createMessage(
          'This page needs a token',
          'Open the URL that activescale dashboard printed. It is valid until that command ends.',
        ),
      );
    },
  });
  close = closeStream;
}

/**
 * @param {string} text
 * @param {Parameters<typeof showFailures>[0]} failures
 */
function lost(text, failures) {
  main.classList.add('stale');
  setText(live, text);
  live.dataset.state = 'lost';
  showFailures(failures);
}

/** @param {string} id */
function byId(id) {
  const node = document.getElementById(id);
  if (node === null) throw new Error(`#${id} is missing`);
  return node;
}

setInterval(() => {
  if (live.dataset.state !== 'live' || performance.now() - lastData < STALE_MS) return;
  main.classList.add('stale');
  setText(live, 'Waiting for new values');
}, 1_000);
addEventListener('hashchange', () => {
  open();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
});
document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
if (!document.hidden) open();
