/** The record of a person, section by section of an export. */

/** PostgreSQL writes moments into JSON with the session's offset. */
function moment(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** A JSON object per row. A field without an expression has the name of its column. */
function select(fields: readonly (string | readonly [string, string])[], from: string): string {
  const pairs = fields.map((field) =>
    typeof field === 'string' ? `'${field}', ${field}` : `'${field[0]}', ${field[1]}`,
  );
  return `select jsonb_build_object(${pairs.join(', ')}) as row ${from}`;
}

/** One JSON object per row, as `row`. They take `brand` and `contact`. */
export const EXPORT_QUERIES = {
  profile: select(
    [
      'id',
      ['externalId', 'external_id'],
      ['firstName', 'first_name'],
      ['lastName', 'last_name'],
      'locale',
      ['timeZone', 'zone'],
      'country',
      'region',
      'city',
      'postcode',
      'loyalty',
      ['createdAt', moment('created_at')],
      ['erasedAt', moment('erased_at')],
      ['proofUntil', moment('proof_until')],
    ],
    'from contacts where brand_id = :brand and id = :contact',
  ),
  addresses: select(
    [
      'channel',
      'address',
      'country',
      'usable',
      ['createdAt', moment('created_at')],
      ['retiredAt', moment('retired_at')],
    ],
    'from addresses where contact_id = :contact order by id',
  ),
  preferences: select(
    [
      ['topicsOff', 'topics_off'],
      ['channelsOff', 'channels_off'],
      ['mostPerWeek', 'most_per_week'],
      ['pausedUntil', moment('paused_until')],
      ['updatedAt', moment('updated_at')],
    ],
    'from preferences where contact_id = :contact',
  ),
  /** The latest statement about each number. */
  suppressions: select(
    ['address', 'state', ['since', moment('occurred_at')]],
    `from (select distinct on (a.address) a.address, s.state, s.occurred_at from addresses a
        join suppressions s on s.brand_id = a.brand_id and s.token = a.token
       where a.contact_id = :contact and (a.retired_at is null or s.occurred_at < a.retired_at) order by a.address, s.occurred_at desc, s.id desc) s`,
  ),
  orders: select(
    [
      'id',
      'name',
      ['placedAt', moment('placed_at')],
      'currency',
      ['totalMinor', 'total_minor'],
      'fulfilment',
      'details',
      ['customerId', 'customer_id'],
      ['firstName', 'first_name'],
      ['lastName', 'last_name'],
      'locale',
      ['timeZone', 'zone'],
      'country',
      'region',
      'city',
      'postcode',
      'loyalty',
      [
        'items',
        `coalesce((select jsonb_agg(jsonb_build_object('sku', i.sku, 'productId', i.product_id, 'title', i.title, 'quantity', i.quantity,
          'priceMinor', i.price_minor) order by i.line) from items i where i.brand_id = o.brand_id and i.order_id = o.id), '[]')`,
      ],
      [
        'parcels',
        `coalesce((select jsonb_agg(jsonb_build_object('id', p.id, 'carrier', p.carrier, 'trackingNumber', p.tracking_number,
          'trackingUrl', p.tracking_url, 'pickupPlace', p.pickup_place) order by p.number)
          from parcels p where p.brand_id = o.brand_id and p.order_id = o.id), '[]')`,
      ],
      [
        'events',
        `coalesce((select jsonb_agg(jsonb_build_object('type', f.type, 'at', ${moment('f.occurred_at')}, 'says', f.payload) order by f.id)
          from inbox f where f.brand_id = o.brand_id and f.order_id = o.id), '[]')`,
      ],
    ],
    'from orders o where o.brand_id = :brand and o.contact_id = :contact order by o.placed_at, o.id',
  ),
  messages: select(
    [
      'id',
      ['order', 'order_id'],
      'step',
      'kind',
      'class',
      'channel',
      ['template', `case when locale is not null then kind || '.' || locale end`],
      'state',
      'reason',
      ['dueAt', moment('due_at')],
      ['submittedAt', moment('submitted_at')],
      ['acceptedAt', moment('accepted_at')],
      ['text', 'body'],
      ['textRemovedAt', moment('text_removed_at')],
    ],
    'from messages where contact_id = :contact order by created_at, id',
  ),
  inbound: select(
    [
      ['at', moment('i.occurred_at')],
      ['order', 'i.order_id'],
      ['text', `case when i.text_removed_at is null then i.text end`],
      ['meaning', 'i.meaning'],
      ['score', 'i.score'],
      ['textRemovedAt', moment('i.text_removed_at')],
    ],
    // Includes texts from before the number was known, but none from the time when it belonged to another person.
    `from (select i.* from conversations v join inbound_messages i on i.conversation_id = v.id where v.contact_id = :contact
        union all select i.* from (select distinct address from addresses where contact_id = :contact) n
            join inbound_messages i on i.brand_id = :brand and i.address = n.address and i.address <> '' and i.conversation_id is null
          where exists (select from addresses a
          where a.contact_id = :contact and a.address = i.address and (a.retired_at is null or i.occurred_at < a.retired_at)
            and not exists (select from addresses f where f.brand_id = a.brand_id and f.address = a.address and f.id <> a.id
              and f.retired_at > i.occurred_at and (a.retired_at is null or f.retired_at < a.retired_at)))) i
      order by i.received_at, i.id`,
  ),
  cases: select(
    [['order', 'order_id'], 'kind', ['openedAt', moment('opened_at')], ['closedAt', moment('closed_at')]],
    'from cases where contact_id = :contact order by id',
  ),
  listChecks: select(
    ['list', 'listed', ['at', moment('checked_at')]],
    'from list_checks where contact_id = :contact order by id',
  ),
  decisions: select(
    [
      ['at', moment('decided_at')],
      ['order', 'order_id'],
      'step',
      'kind',
      'channel',
      'outcome',
      'reason',
      ['until', moment('wait_until')],
      'rule',
      'rules',
      'jurisdictions',
      'packs',
      'zones',
      ['zoneSource', 'zone_source'],
      ['localTime', 'local_time'],
      ['consent', 'consent_id'],
    ],
    'from all_decisions where contact_id = :contact order by id',
  ),
} as const;
