/** The preference page: every choice with its present value, and the forms that change it. */
import { CHANNEL } from '../../channels/all.ts';
import type { ChosenTopic } from '../../domain/consent/choices.ts';
import { CHOSEN_TOPICS } from '../../domain/consent/choices.ts';
import type { Html } from '../../kit/html.ts';
import { html } from '../../kit/html.ts';
import type { FieldName } from './choices-form.ts';
import { FREQUENCIES, pauseDays } from './choices-form.ts';
import { longDate, longMoment } from './times.ts';
import { PAGE_WORDS } from '../../locales/load.ts';
import { renderPage } from '../layout.ts';
import type { PreferenceView } from './view.ts';
import type { PageWords } from '../../locales/page-words.ts';
import { zoneFieldset } from './zone-field.ts';

export function renderPreferences(view: PreferenceView): string {
  const { locale, person, situation, mistakes } = view;
  const words = PAGE_WORDS[locale];
  const heading = words.title(person.brand.name);
  return renderPage({
    locale,
    brand: person.brand.name,
    title: mistakes.length > 0 ? words.errorPrefix + heading : heading,
    body: html`
      <h1>${heading}</h1>
      ${noticeHtml(view, words)} ${mistakes.length > 0 ? errorSummary(view, words) : ''} ${erasureHtml(view, words)}
      ${situation.stopped ? stoppedHtml(view, words) : choicesHtml(view, words)} ${dataHtml(view, words)}
      ${disownHtml(view, words)}
    `,
  });
}

function noticeHtml({ notice }: PreferenceView, words: PageWords): Html | '' {
  if (notice === undefined) return '';
  const [tone, text] = notice === 'stale' ? ['bad', words.stale] : ['good', words[notice]];
  return html`<p class="note ${tone}" role="status">${text}</p>`;
}

function errorSummary(view: PreferenceView, words: PageWords): Html {
  return html`<div class="note bad" role="alert" tabindex="-1" autofocus>
    <h2>${words.checkThese}</h2>
    <ul>
      ${view.mistakes.map((name) => html`<li><a href="#${name}">${mistakeIn(view, words, name)}</a></li>`)}
    </ul>
  </div>`;
}

function mistakeIn(view: PreferenceView, words: PageWords, name: FieldName): string {
  const { earliest, latest } = pauseDays(view.now, view.situation.zone);
  switch (name) {
    case 'channels':
      return words.channelMissing;
    case 'pausedUntil':
      return words.pauseWrong(longDate(earliest, view), longDate(latest, view));
    case 'topics':
    case 'perWeek':
    case 'zone':
      return words.notOnList;
  }
}

function stoppedHtml({ person: { brand }, hidden }: PreferenceView, words: PageWords): Html {
  return html`<section>
    <h2>${words.stoppedTitle(brand.name)}</h2>
    <p>${words.stoppedSays} ${words.comeBackHere}</p>
    <form method="post">${hidden('resume')}<button>${words.resumeButton}</button></form>
  </section>`;
}

function choicesHtml(view: PreferenceView, words: PageWords): Html {
  const { person, hidden } = view;
  const brand = person.brand.name;
  return html`
    <p class="lead">${words.intro(brand)}</p>
    ${confirmHtml(view, words)}
    <form method="post">
      ${hidden('save')} ${topicsFieldset(view, words)} ${channelsFieldset(view, words)}
      ${frequencyFieldset(view, words)} ${pauseFieldset(view, words)}
      ${zoneFieldset(view, words, wrongHtml(view, words, 'zone'))}
      <p class="save"><button>${words.save}</button></p>
    </form>
    <section>
      <h2>${words.onlyOrders}</h2>
      <p>${words.onlyOrdersSays(brand)}</p>
      <form method="post">${hidden('only_orders')}<button class="quiet">${words.onlyOrders}</button></form>
    </section>
    <section>
      <h2>${words.stop}</h2>
      <p>${words.stopSays(brand)}</p>
      <form method="post">${hidden('stop')}<button class="danger">${words.stopButton}</button></form>
    </section>
  `;
}

/** Shown while a question over the number is open, or is going to be asked. */
function confirmHtml({ person, situation, hidden }: PreferenceView, words: PageWords): Html | '' {
  if (situation.unconfirmed.length === 0 && person.asked.length === 0) return '';
  return html`<section>
    <h2>${words.confirmTitle}</h2>
    <p>${words.confirmSays(person.brand.name)}</p>
    <form method="post">${hidden('confirm')}<button>${words.confirmButton}</button></form>
  </section>`;
}

function topicsFieldset(view: PreferenceView, words: PageWords): Html {
  return html`<fieldset id="topics">
    <legend>${words.topics}</legend>
    <div class="rows">
      <p class="choice always">
        <span><strong>${words.orders.title}</strong><span>${words.orders.says}</span></span>
      </p>
      ${CHOSEN_TOPICS.map((topic) => topicBox(view, words, topic))}
    </div>
  </fieldset>`;
}

function topicBox({ person, fields, situation }: PreferenceView, words: PageWords, topic: ChosenTopic): Html {
  const { title, says } = words.topic[topic](person.brand.name);
  const ticked = fields.topics.includes(topic);
  const waits = ticked && situation.unconfirmed.includes(topic === 'feedback' ? 'service_feedback' : 'promotional');
  return html`<label class="choice">
    <input type="checkbox" name="topics" value="${topic}" ${ticked ? html`checked` : ''} />
    <span
      ><strong>${title}</strong
      ><span>${says}</span>${waits && topic !== 'tips' ? html`<span>${words.toConfirm}</span>` : ''}</span
    >
  </label>`;
}

/** With one channel there is nothing to choose: a person who does not want that channel stops all messages. */
function channelsFieldset(view: PreferenceView, words: PageWords): Html {
  const { situation, fields } = view;
  const { channels } = situation.chooser;
  if (channels.length < 2) return html`<input type="hidden" name="channels" value="${channels.join()}" />`;
  return html`<fieldset id="channels" aria-describedby="channels-hint">
    <legend>${words.channels}</legend>
    <p class="hint" id="channels-hint">${words.channelsHint}</p>
    ${wrongHtml(view, words, 'channels')}
    <div class="rows">
      ${channels.map(
        (channel) =>
          html`<label class="choice">
            <input
              type="checkbox"
              name="channels"
              value="${channel}"
              ${fields.channels.includes(channel) ? html`checked` : ''}
            />
            <span>${words.channel[channel] ?? CHANNEL[channel].label}</span>
          </label>`,
      )}
    </div>
  </fieldset>`;
}

function frequencyFieldset(view: PreferenceView, words: PageWords): Html {
  const option = (value: string, text: string) =>
    html`<label class="choice">
      <input type="radio" name="perWeek" value="${value}" ${view.fields.perWeek === value ? html`checked` : ''} />
      <span>${text}</span>
    </label>`;
  return html`<fieldset id="perWeek" aria-describedby="perWeek-hint">
    <legend>${words.frequency}</legend>
    <p class="hint" id="perWeek-hint">${words.frequencyHint}</p>
    <div class="rows">
      ${option('', words.unlimited)} ${FREQUENCIES.map((times) => option(String(times), words.mostPerWeek[times]))}
    </div>
  </fieldset>`;
}

function pauseFieldset(view: PreferenceView, words: PageWords): Html {
  const { fields, mistakes, situation, now } = view;
  const { earliest, latest } = pauseDays(now, situation.zone);
  const wrong = mistakes.includes('pausedUntil');
  return html`<fieldset>
    <legend>${words.pause}</legend>
    <div>
      <label class="field" for="pausedUntil">${words.pauseLabel}</label>
      ${wrongHtml(view, words, 'pausedUntil')}
      <input
        type="date"
        id="pausedUntil"
        name="pausedUntil"
        min="${earliest}"
        max="${latest}"
        value="${fields.pausedUntil}"
        aria-describedby="${wrong ? 'pausedUntil-wrong ' : ''}pausedUntil-hint"
        ${wrong ? html`aria-invalid="true"` : ''}
      />
      <p class="hint" id="pausedUntil-hint">${words.pauseHint(longDate(latest, view))}</p>
    </div>
  </fieldset>`;
}

function wrongHtml(view: PreferenceView, words: PageWords, name: FieldName): Html | '' {
  if (!view.mistakes.includes(name)) return '';
  return html`<p class="wrong" id="${name}-wrong">${mistakeIn(view, words, name)}</p>`;
}

function dataHtml({ person: { brand, erasureDueAt }, link, locale, hidden }: PreferenceView, words: PageWords): Html {
  return html`<section>
    <h2>${words.data}</h2>
    <p>${words.dataSays(brand.name)} ${words.dataByCode}</p>
    <div class="actions">
      <form method="post">${hidden('download')}<button class="quiet">${words.download}</button></form>
      ${
        erasureDueAt === undefined
          ? html`<a class="button quiet" href="${link}/erase?lang=${locale}">${words.erase}</a>`
          : ''
      }
    </div>
  </section>`;
}

/** Shown while an erasure waits and can be taken back. */
function erasureHtml(view: PreferenceView, words: PageWords): Html | '' {
  const { person, situation, hidden } = view;
  const { brand, erasureDueAt } = person;
  if (erasureDueAt === undefined) return '';
  return html`<section>
    <h2>${words.erasurePlanned}</h2>
    <p>${words.erasurePlannedSays(brand.name, longMoment(erasureDueAt, situation.zone, view))}</p>
    <form method="post">${hidden('keep')}<button>${words.keepData}</button></form>
  </section>`;
}

/** For a person who gets texts that are meant for someone else. */
function disownHtml({ person: { brand }, hidden }: PreferenceView, words: PageWords): Html {
  return html`<section>
    <h2>${words.disown}</h2>
    <p>${words.disownSays(brand.name)}</p>
    <form method="post">${hidden('disown')}<button class="quiet">${words.disownButton}</button></form>
  </section>`;
}
