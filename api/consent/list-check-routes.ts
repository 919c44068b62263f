/**
 * Answers of lists of people who do not want advertisements. A program with access to the lists asks them outside of
 * Dopo and reports their answers here.
 */
import { recordListCheck } from '../../commands/consent/record-list-check.ts';
import type { RulePacks } from '../../domain/rules/rule-pack.ts';
import type { AppDeps } from '../http/deps.ts';
import { invalid, notFound } from '../http/problem.ts';
import { isAhead, pastErrors } from '../orders/read-order.ts';
import { listCheckAnswer, listCheckBody } from './schema.ts';
import { contactId } from '../http/request-values.ts';
import type { Route } from '../http/route.ts';
import { brandRoute } from '../http/route.ts';

export function listCheckRoutes({ db, rules }: AppDeps): readonly Route[] {
  const lists = listsOf(rules.packs);
  return [
    brandRoute({
      method: 'post',
      tag: 'Consents',
      operationId: 'recordListCheck',
      path: '/v1/contacts/:id/list-checks',
      scope: 'consent',
      summary: `Keeps what a list said about a contact's number: ${lists.join(', ')}. Asked where there is no consent in words.`,
      id: contactId,
      subject: 'contact',
      body: listCheckBody,
      problems: ['not_found'],
      answers: { 201: { description: 'Recorded', schema: listCheckAnswer } },
      handle: async ({ brand, actor, id, body, now }) => {
        const errors = pastErrors('/at', body.at, now);
        if (!lists.includes(body.list)) errors.push({ pointer: '/list', detail: `must be one of ${lists.join(', ')}` });
        if (errors.length > 0) throw invalid(errors);
        // The moment must not lie in the future: such an answer would outrank every answer that comes before that
        // moment.
        const check = { brand: brand.id, contact: id, actor, ...body, at: Math.min(body.at, now) };
        if (!(await recordListCheck(db, check, now))) throw notFound('contact');
        const notes = isAhead(body.at, now) ? [TAKEN_AS_NOW] : [];
        return {
          status: 201,
          body: { contact: id, list: body.list, listed: body.listed, ...(notes.length > 0 && { notes }) },
        };
      },
    }),
  ];
}

const TAKEN_AS_NOW = { pointer: '/at', detail: 'is in the future: it was taken as the moment it arrived here' };

/** Every list that a rule of some country requires. */
function listsOf({ packs }: RulePacks): readonly string[] {
  const named = Object.values(packs).flatMap(({ rows }) =>
    rows.flatMap(({ rule }) => (rule.kind === 'list_check' ? [rule.list] : [])),
  );
  return [...new Set(named)].toSorted();
}
