import { createCode } from './cells.js';
import { createList, el, setShown, setText } from './dom.js';
import { count, duration } from './format.js';

/** @typedef {import('../view/detail.ts').Workload} Workload */

/** Conditions and events of the HPA. */
export function createFacts() {
  const conditions = el('ul', { class: 'facts' });
  const events = el('ul', { class: 'facts' });
  const problem = el('p', { class: 'quiet' });
  const node = el(
    'section',
    { class: 'block' },
    el('h2', {}, 'Conditions'),
    el('div', { class: 'panel padded' }, conditions),
    el('h2', {}, 'Events'),
    el('div', { class: 'panel padded' }, events, problem),
  );
  const showConditions = createList(conditions, ({ type }) => type, createFact);
  const showEvents = createList(events, ({ type, text }) => `${type} ${text}`, createFact);
  return {
    node,
    /** @param {Pick<Workload, 'conditions' | 'events' | 'eventsProblem'>} workload */
    update({ conditions: items, events: happened, eventsProblem }) {
      setShown(node, items.length + happened.length > 0 || eventsProblem !== '');
      showConditions(
        items.map(({ type, status, reason, message }) => ({
          type,
          detail: `${status}, ${reason}`,
          text: message,
          isBad: status === (type === 'ScalingLimited' ? 'True' : 'False') && type !== 'ScaledToZero',
        })),
      );
      showEvents(
        happened.map(({ reason, message, isWarning, count: times, age }) => ({
          type: reason,
          detail: `${duration(age)} ago${times > 1 ? `, ${times} times` : ''}`,
          text: message,
          isBad: isWarning,
        })),
      );
      setText(problem, eventsProblem || 'No events in the last hour.');
      setShown(problem, happened.length === 0);
    },
  };
}

function createFact() {
  const type = el('strong');
  const detail = el('span', { class: 'place' });
  const text = el('span', { class: 'text' });
  const node = el('li', {}, type, ' ', detail, text);
  return {
    node,
    /** @param {{ type: string, detail: string, text: string, isBad: boolean }} fact */
    update(fact) {
      setText(type, fact.type);
      setText(detail, fact.detail);
      setText(text, fact.text);
      node.classList.toggle('bad', fact.isBad);
    },
  };
}

/** What `doctor` found. */
export function createChecks() {
  const summary = el('p', { class: 'quiet' });
  const findings = el('ul', { class: 'findings' });
  const node = el(
    'section',
    { class: 'block' },
    el('h2', {}, 'Checks'),
    el('div', { class: 'panel padded' }, summary, findings),
  );
  const show = createList(
    findings,
    /** @param {import('../view/detail.ts').Finding} finding */
    ({ code, subject, problem }) => `${code.code} ${subject} ${problem}`,
    () => {
      const code = createCode();
      const text = el('p');
      const fix = el('p', { class: 'fix' });
      const node = el('li', {}, code.node, text, fix);
      return {
        node,
        update(finding) {
          code.update(finding.code);
          setText(text, `${finding.subject}: ${finding.problem}`);
          setText(fix, `Fix: ${finding.fix}`);
          node.dataset.severity = finding.code.severity;
        },
      };
    },
  );
  return {
    node,
    /** @param {Workload['checks']} checks */
    update(checks) {
      setShown(node, checks !== undefined);
      if (checks === undefined) return;
      const parts =
        checks === 'running'
          ? ['The checks of activescale doctor are running.']
          : [
              `${count(checks.passed, 'check')} passed`,
              ...(checks.findings.length === 0 ? [] : [count(checks.findings.length, 'finding')]),
              ...(checks.skipped === 0 ? [] : [`${checks.skipped} skipped`]),
              `${duration(checks.age)} ago`,
            ];
      setText(summary, parts.join(', '));
      show(checks === 'running' ? [] : checks.findings);
    },
  };
}
