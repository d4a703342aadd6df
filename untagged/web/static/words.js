// What scripts say, in the page's language. The page brings the words as data; what it does not
// bring is said as it stands here, in English.
"use strict";
{
  const known = JSON.parse(document.body.dataset.words);
  const rules = new Intl.PluralRules(document.documentElement.lang);

  // The places of a text are written %(name)s; the form of what is counted is chosen by `n`.
  window.say = (text, values = {}) => {
    const found = known[text] ?? text;
    const said = typeof found === "string" ? found : (found[rules.select(values.n)] ?? found.other);
    return said.replace(/%\((\w+)\)s/g, (_place, name) => values[name]);
  };
}
