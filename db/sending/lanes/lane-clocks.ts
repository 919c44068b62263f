/**
 * The arithmetic of the lanes, as parts of the statements that take and book tokens. A clock of a lane stands where its tokens
 * are used up; a message moves it on by its cost. The rows are locked in the order of their ids, so two messages with several
 * lanes in common never wait for each other.
 */
import { CATCH_UP, LEAST_FACTOR, PROBE_FOR, RECOVERY, WAIT_IN_PLACE } from '../../../domain/sending/lane.ts';

/** Whether a row `l` of lanes covers messages of `m.brand_id` on `m.channel`. */
export const LANE_COVERS = `(l.kind = 'account' or (l.brand_id = m.brand_id and coalesce(l.channel, m.channel) = m.channel))`;

const ms = (count: number): string => `interval '${count} ms'`;

/**
 * Ms of tokens that the brand `s` has taken ahead and that are not used at the moment `p.now`. The lane uses up its tokens from the front
 * of the line, and the brand's tokens are assumed to be spread evenly over it.
 */
const IN_LINE = `(s.in_line_ms * coalesce(greatest(0, least(1, extract(epoch from s.line_to - p.now)
  / nullif(extract(epoch from s.line_to - s.line_from), 0))), 0))`;

/** The clock of a lane that is not counted by day, after a message has taken its tokens. */
const TAKEN_TO = `greatest(lane.taken, offer.take_at - ${ms(CATCH_UP)}) + lane.cost`;

/** The longest time for which a message `m` waits in the activity for a token. */
const PATIENCE = `case when m.first then ${ms(WAIT_IN_PLACE.first)} else ${ms(WAIT_IN_PLACE.others)} end`;

/** The share of a lane's rate that is left at the moment `now` after cuts. */
export function factorAt(now: string): string {
  const sinceCut = `coalesce(extract(epoch from ${now} - l.cut_at) * 1000 / ${RECOVERY}, 0)`;
  return `cast(least(1, greatest(${LEAST_FACTOR}, l.factor + ${sinceCut})) as double precision)`;
}

/**
 * CTEs `lane`, `own` and `offer`, for the one message or none of a CTE `m` (brand_id, channel, segments, first, now).
 *
 * `lane`: what the message costs, and per clock where it stands (`taken`, `booked`) and when the lane lets the message through
 * (`take_at`, `book_at`). A counted lane begins at the start of its day and is `spent` at its end. `offer`: the latest of these
 * moments, as all lanes have to agree; `granted` when a token is to be had now or so soon that it is waited for.
 *
 * `own`: the share that the message's brand has of the account's lane, where there are other brands. It keeps a brand with a flood from
 * taking the lane away from the others, without counting who is active:
 * - Tokens can be taken some time ahead. A brand has no more of that line than is left of it for everybody (times its weight): one
 *   brand alone uses half of it, two a third each, and a newcomer always finds room. All brands share the tokens that the lane has at
 *   this moment.
 * - Slots are booked at the end of the lane's line, or at the end of the brand's own line if that is sooner. The own line moves by one
 *   token for every brand that has something booked. Both lines are alike for a brand that is alone.
 */
export const LANES = `
  locked as (
    select l.*, m.segments, m.first, m.now from m join lanes l on ${LANE_COVERS} order by l.id for update of l),
  priced as (
    select l.*, ends, token, case unit when 'segments' then segments else 1 end * token as cost,
        greatest(taken_to, coalesce(starts, now - ${ms(CATCH_UP)})) as taken,
        greatest(case when first then urgent_to else booked_to end, coalesce(starts, now)) as booked,
        case when first then ends else ends - reserved * (ends - starts) end as booked_ends
      from locked l
        cross join lateral (select date_trunc('day', now, zone) as starts) today
        cross join lateral (select date_trunc('day', starts + interval '30 hours', zone) as ends) tomorrow
        cross join lateral (select case when zone is null then period_ms * ${ms(1)} / (tokens * ${factorAt('now')})
          else (ends - starts) / tokens end as token) price),
  paced as (
    select *, coalesce(taken + cost > ends + token / 2, false) as used_up,
        coalesce(booked + cost > booked_ends + token / 2, false) as booked_up,
        taken - case when first then reserved * period_ms else 0 end * ${ms(1)} as ahead
      from priced),
  own as (
    select s.brand_id, p.cost, p.now, s.weight, ${IN_LINE} as in_line,
        greatest(case when p.first then s.urgent_to else s.booked_to end, p.now) as booked,
        p.cost * (s.weight + coalesce((select sum(o.weight) from lane_shares o where o.brand_id <> s.brand_id
          and case when p.first then o.urgent_to else o.booked_to end > p.now), 0)) / s.weight as turn,
        exists (select from lane_shares o where o.brand_id <> s.brand_id) as shared
      from paced p join m on true join lane_shares s on s.brand_id = m.brand_id where p.kind = 'account' for update of s),
  lane as (
    select *, used_up or booked_up as spent,
        greatest(now, blocked_until, case when zone is null then ahead when used_up then ends end) as take_at,
        greatest(now, blocked_until, open_until, case when zone is null then greatest(ahead, case when kind = 'account'
          then least(booked, (select own.booked from own where shared)) else booked end)
          when used_up or booked_up then ends end) as book_at
      from paced),
  offer as (
    select m.now, m.first, greatest(m.now, max(take_at)) as take_at, greatest(m.now, max(book_at)) as book_at,
        coalesce(bool_or(open_until > m.now), false) as down, coalesce(bool_or(open_until is not null), false) as probing, coalesce(bool_or(spent), false) as spent,
        not coalesce(bool_or(open_until > m.now), false) and greatest(m.now, max(take_at)) <= m.now
          + ${PATIENCE} and coalesce(bool_and(lane.kind <> 'account' or lane.take_at <= m.now or (
            select not shared or own.in_line * ${ms(1)} <= own.weight * (m.now + ${PATIENCE} - lane.take_at) from own)), true) as granted,
        (array_agg(lane.kind order by lane.book_at desc))[1] as slowest
      from m left join lane on true group by m.now, m.first)`;

/**
 * CTE `taken`: takes the tokens of a granted message (by its id) for the moment of its send. If a circuit is open,
 * the message goes out as its probe, and no other one until the result of the probe is known.
 */
export function takenBy(message: string): string {
  return `
  taken as (
    update lanes set
        taken_to = case when lanes.zone is null then ${TAKEN_TO} else lane.taken + lane.cost end,
        open_until = case when lanes.open_until is null then null else offer.now + ${ms(PROBE_FOR)} end,
        probe = case when lanes.open_until is null then null else ${message} end
      from lane, offer where lanes.id = lane.id and offer.granted),
  own_taken as (
    update lane_shares s set in_line_ms = own.in_line + extract(epoch from own.cost) * 1000, line_from = own.now,
        line_to = ${TAKEN_TO}
      from own, lane, offer where s.brand_id = own.brand_id and lane.kind = 'account' and offer.granted)`;
}

/** CTE `booked`: books the tokens of the offer's slot, where `condition` holds. Order news has a clock of its own. */
export function bookedWhere(condition: string): string {
  // A slot that is booked in the brand's own line takes one token at the end of the lane's line.
  const moved = `case when lanes.zone is null then greatest(lane.book_at, lane.booked) else lane.booked end + lane.cost`;
  const ownMoved = `greatest(own.booked, lane.book_at) + own.turn`;
  return `
  booked as (
    update lanes set booked_to = case when lane.first then lanes.booked_to else ${moved} end,
        urgent_to = case when lane.first then ${moved} else lanes.urgent_to end
      from lane, offer where lanes.id = lane.id and ${condition}),
  own_booked as (
    update lane_shares s set booked_to = case when lane.first then s.booked_to else ${ownMoved} end,
        urgent_to = case when lane.first then ${ownMoved} else s.urgent_to end
      from own, lane, offer where s.brand_id = own.brand_id and lane.kind = 'account' and ${condition})`;
}

/** CTE `closed`: forgets the failures of the lanes of an accepted message, and gives back those whose circuit was open. */
export function closedBy(message: string): string {
  return `
  troubled as (
    select l.id, l.open_until is not null as open from messages m join lanes l on ${LANE_COVERS}
     where m.id = (${message}) and (l.failures > 0 or l.open_until is not null) order by l.id for update of l),
  cleared as (
    update lanes set failures = 0, openings = 0, open_until = null, probe = null from troubled where lanes.id = troubled.id),
  closed as (select id from troubled where open)`;
}
