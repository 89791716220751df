// What the reference can do beyond reading: copy a sample, filter the contents, remember the language, follow the
// scroll. Everything is readable without it.

const LANGUAGE = 'koltrix-docs-language';

// Browsers have no clipboard for pages that come over http from another machine.
for (const pre of navigator.clipboard ? document.querySelectorAll('.panel pre') : []) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(pre.textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
  pre.parentElement.append(button);
}

const radios = [...document.querySelectorAll('input.language')];
const remembered = radios.find((radio) => radio.id === localStorage.getItem(LANGUAGE));
if (remembered) remembered.checked = true;
for (const radio of radios) radio.addEventListener('change', () => localStorage.setItem(LANGUAGE, radio.id));

const nav = document.querySelector('nav');
const links = [...nav.querySelectorAll('li a')];
if (links.length > 20) {
  const filter = document.createElement('input');
  filter.type = 'search';
  filter.placeholder = 'Filter';
  filter.setAttribute('aria-label', 'Filter the contents');
  filter.addEventListener('input', () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const link of links) {
      const text = `${link.textContent} ${link.hash}`.toLowerCase();
      link.parentElement.hidden = !words.every((word) => text.includes(word));
    }
    for (const list of nav.querySelectorAll('ul')) {
      const is_empty = [...list.children].every((item) => item.hidden);
      list.hidden = is_empty;
      list.previousElementSibling.hidden = is_empty;
    }
  });
  nav.querySelector('.brand').after(filter);
}

/** Scrolls the contents alone; `scrollIntoView` would move the page as well where both are one column. */
function keepInView(link) {
  const above = link.offsetTop - nav.scrollTop;
  if (above < 0 || above > nav.clientHeight - 40) nav.scrollTop = link.offsetTop - nav.clientHeight / 2;
}

const byId = new Map(links.filter((link) => link.hash).map((link) => [link.hash.slice(1), link]));
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      for (const link of byId.values()) link.removeAttribute('aria-current');
      const link = byId.get(target.id);
      link?.setAttribute('aria-current', 'true');
      if (link) keepInView(link);
    }
  },
  { rootMargin: '0px 0px -80% 0px' },
);
for (const section of document.querySelectorAll('section[id]')) observer.observe(section);
