/**
 * Channels that nobody serves: nil ones, which block for ever, and sends that nobody takes. To wait
 * for news (receive, select) is what idle goroutines do, and is not told; but a request that has
 * not been answered for minutes because its goroutine receives is.
 */
import type { Draft } from './draft.ts';
import type { Evidence, Severity } from './finding.ts';
import type { Frame } from './frames.ts';
import { alike, type Standing, type Standstill } from './standstill.ts';
import {
  forLong,
  longestOf,
  named,
  oneDump,
  STUCK,
  severityFor,
  stackEvidence,
  stuckDraft,
} from './stuck-draft.ts';
import { WAIT_TEXT } from './waits.ts';
import { at, plural } from './wording.ts';

/** A request is being served: somebody waits for the answer. */
const SERVES =
  /^(net\/http\.\(\*(conn|http2serverConn)\)\.(serve|runHandler)|google\.golang\.org\/grpc\.\(\*Server\)\.handleStream)/;

type Reason = 'nil' | 'send' | 'request';

export function findBlockedSends(standstill: Standstill, told: Set<number>): Draft[] {
  const drafts: Draft[] = [];
  const rest = [...standstill.goroutines.values()].filter(({ row }) => !told.has(row));
  for (const group of alike(rest)) {
    const [first] = group;
    const reason = first === undefined ? undefined : reasonOf(first);
    const site = first?.stack[first.siteAt];
    if (first === undefined || reason === undefined || site === undefined) continue;
    if (site.origin !== 'own' && site.origin !== 'dependency') continue;
    const standing = group.filter((one) => reason === 'nil' || isLong(standstill, one));
    if (standing.length > 0) drafts.push(channelDraft(standstill, reason, site, standing));
  }
  return drafts.slice(0, 3);
}

function reasonOf({ id, state, stack }: Standing): Reason | undefined {
  // Some programs let main wait on a nil channel instead of an empty select.
  if (/\(nil chan\)/.test(state)) return id === 1 ? undefined : 'nil';
  if (state === 'chan send') return 'send';
  const serves = stack.some(({ function: name }) => SERVES.test(name));
  return serves && state === 'chan receive' ? 'request' : undefined;
}

function isLong({ dumps, span }: Standstill, { isUnmoved, seconds }: Standing): boolean {
  return (
    seconds >= STUCK.minutes.medium || (dumps.length > 1 && isUnmoved && span >= STUCK.unmoved)
  );
}

const WHAT: Readonly<Record<Reason, string>> = {
  nil: 'on a nil channel, which never becomes ready',
  send: 'to send, and nobody receives',
  request: 'for a channel while a client waits for the answer',
};

const FIX: Readonly<Record<Reason, string>> = {
  nil: 'Make the channel (make(chan T)) before the goroutine that uses it starts; a nil channel is only of use as a case of a select that is switched off.',
  send: WAIT_TEXT.send.fix,
  request:
    'Select on r.Context().Done() beside the receive, and make sure that every path of the sender sends or closes the channel.',
};

function channelDraft(
  standstill: Standstill,
  reason: Reason,
  site: Frame,
  group: readonly Standing[],
): Draft {
  const [first] = group;
  const against: Evidence[] =
    reason === 'nil'
      ? []
      : [
          {
            text:
              reason === 'send'
                ? 'A slow receiver with a full channel looks the same, until it takes the next one'
                : 'A long poll waits like this by design',
          },
          ...oneDump(standstill),
        ];
  const title = `${plural(group.length, 'goroutine')} ${group.length === 1 ? 'waits' : 'wait'} ${WHAT[reason]}, at ${at(site)}`;
  return stuckDraft({
    title,
    severity: severityOf(reason, group),
    confidence: confidenceOf(reason, group),
    where: [site, first?.createdBy],
    evidence:
      first === undefined
        ? []
        : [
            stackEvidence(
              `${named(group)} ${group.length === 1 ? 'is' : 'are'} in “${first.state}”${forLong(group)}`,
              first,
            ),
          ],
    counterEvidence: against,
    impact: `${plural(group.length, 'goroutine')}${forLong(group)}, with all that they refer to`,
    fix: FIX[reason],
    goroutines: group,
    blocks: false,
  });
}

function severityOf(reason: Reason, group: readonly Standing[]): Severity {
  return reason === 'nil' ? 'medium' : severityFor(group);
}

function confidenceOf(reason: Reason, group: readonly Standing[]): number {
  if (reason === 'nil') return 0.95;
  const long = longestOf(group) >= STUCK.minutes.high ? 0.15 : 0;
  return (reason === 'send' ? 0.6 : 0.4) + long;
}
