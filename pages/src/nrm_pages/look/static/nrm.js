// What pages do beyond the components: nothing here is needed to use them.
import { initAll } from './govuk-frontend.min.js'

initAll()

// A button that prints is of no use without script: it is shown by script only.
for (const button of document.querySelectorAll('[data-nrm-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

// The count of open tasks follows a live list into the title.
const shown = document.querySelector('[data-nrm-title-count]')
if (shown) {
  const title = document.title.replace(/^\(\d+\) /, '')
  const follow = () => {
    const count = Number(shown.dataset.nrmTitleCount)
    document.title = count > 0 ? `(${count}) ${title}` : title
  }
  new MutationObserver(follow).observe(shown, { attributes: true })
  follow()
}
