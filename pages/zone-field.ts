/** The time zone: what is thought, and a choice of one's own. */
import { wallClock } from '../domain/local-time.ts';
import type { Html } from '../html.ts';
import { html } from '../html.ts';
import type { PreferenceView } from './view.ts';
import type { Words } from './words.ts';

export function zoneFieldset(view: PreferenceView, words: Words, wrong: Html | ''): Html {
  const { fields, zoneChoices, mistakes } = view;
  const option = (zone: string) =>
    html`<option value="${zone}" ${fields.zone === zone ? html`selected` : ''}>${nameOf(zone)}</option>`;
  return html`<fieldset>
    <legend>${words.zone}</legend>
    <div>
      <p class="hint" id="zone-hint">${zoneText(view, words)}</p>
      <label class="field" for="zone">${words.zoneLabel}</label>
      ${wrong}
      <select
        id="zone"
        name="zone"
        aria-describedby="${wrong === '' ? '' : 'zone-wrong '}zone-hint"
        ${mistakes.includes('zone') ? html`aria-invalid="true"` : ''}
      >
        <option value="">${words.zoneAutomatic}</option>
        <optgroup label="${words.zonesOfCountry}">${zoneChoices.country.map(option)}</optgroup>
        <optgroup label="${words.zonesElsewhere}">${zoneChoices.elsewhere.map(option)}</optgroup>
      </select>
    </div>
  </fieldset>`;
}

function zoneText({ situation, now }: PreferenceView, words: Words): string {
  const { zones, chooser } = situation;
  if (zones.length === 0) return words.zoneUnknown;
  const told = zones.map((zone) => `${nameOf(zone)} (${wallClock(now, zone).slice(11)})`).join(', ');
  return chooser.zone === undefined ? words.zoneThought(told) : words.zoneChosen(told);
}

/** `America/Indiana/Vevay` as people look for it: `Vevay – America, Indiana`. */
function nameOf(zone: string): string {
  const parts = zone.replaceAll('_', ' ').split('/');
  const city = parts.at(-1) ?? zone;
  return parts.length > 1 ? `${city} – ${parts.slice(0, -1).join(', ')}` : city;
}
