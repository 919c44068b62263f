/** Additions of the reference to Swagger UI: its start and its styles. */

/**
 * The page sends no requests. A key that is typed into a browser is stored in one more place, and the examples are
 * written for curl. `validatorUrl`: by default Swagger UI sends the description to another host.
 */
export const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
  supportedSubmitMethods: [],
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
});
`;

/** On a phone long paths and summaries break instead of widening the page, and tables scroll by themselves. */
export const REFERENCE_STYLES = `body { margin: 0; background: #fff; }
.swagger-ui .scheme-container, .swagger-ui .authorization__btn { display: none; }
.swagger-ui .opblock-summary-path, .swagger-ui .opblock-summary-description { overflow-wrap: anywhere; min-width: 0; }
.swagger-ui .opblock-summary-control, .swagger-ui .opblock-summary-path-description-wrapper { min-width: 0; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 12px; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; }
  .swagger-ui .opblock-tag { flex-wrap: wrap; font-size: 20px; }
  .swagger-ui .opblock-tag small { padding: 4px 0; flex-basis: 100%; }
  .swagger-ui .responses-wrapper, .swagger-ui .table-container, .swagger-ui .opblock-body { overflow-x: auto; }
}
`;
