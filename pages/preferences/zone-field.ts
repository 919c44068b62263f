/** The field of the time zone: the assumed zone, and a choice. */
import { wallClock } from '../../domain/time/local-time.ts';
import type { Html } from '../../kit/html.ts';
import { html } from '../../kit/html.ts';
import type { PreferenceView } from './view.ts';
import type { PageWords } from '../../locales/page-words.ts';
import { zoneName } from './times.ts';

export function zoneFieldset(view: PreferenceView, words: PageWords, wrong: Html | ''): Html {
  const { fields, zoneChoices, mistakes, locale, now } = view;
  const options = (zones: readonly string[]) =>
    zones
      .map((zone) => ({ zone, name: zoneName(zone, locale, now) }))
      .toSorted((one, other) => one.name.localeCompare(other.name, locale))
      .map(
        ({ zone, name }) =>
          html`<option value="${zone}" ${fields.zone === zone ? html`selected` : ''}>${name}</option>`,
      );
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
        <optgroup label="${words.zonesOfCountry}">${options(zoneChoices.country)}</optgroup>
        <optgroup label="${words.zonesElsewhere}">${options(zoneChoices.elsewhere)}</optgroup>
      </select>
    </div>
  </fieldset>`;
}

function zoneText({ situation, locale, now }: PreferenceView, words: PageWords): string {
  const { zones, chooser } = situation;
  if (zones.length === 0) return words.zoneUnknown;
  const told = zones.map((zone) => `${zoneName(zone, locale, now)} (${wallClock(now, zone).slice(11)})`).join(', ');
  return chooser.zone === undefined ? words.zoneThought(told) : words.zoneChosen(told);
}
