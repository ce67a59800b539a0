"""How `mrkdwn` reads."""

import pytest

from steward_sandbox.slack.mrkdwn import emoji, to_html

LINK = '<a href="https://x.example/?a=1&amp;b" rel="noreferrer noopener">'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain & <b>", "plain &amp; &lt;b&gt;"),
        ("*bold* _it_ ~no~ `a *b*`", "<b>bold</b> <i>it</i> <s>no</s> <code>a *b*</code>"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("2 * 3 * 4 snake_case_name", "2 * 3 * 4 snake_case_name"),
        ("a &lt;!channel&gt; &amp;amp; b", "a &lt;!channel&gt; &amp;amp; b"),
        ("<https://x.example/?a=1&amp;b|here>", f"{LINK}here</a>"),
        ("https://x.example/?a=1&b", f"{LINK}https://x.example/?a=1&amp;b</a>"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("<https://[|x>", "&lt;https://[|x&gt;"),
        ("<!here> <@U1|noor> <#C1|general>",
         '<span class="mention">@here</span> <span class="mention">@noor</span> <span class="mention">#general</span>'),
        ("<!subteam^S1|@team>", '<span class="mention">@team</span>'),
        ("<!date^1^{date}|5 October>", "5 October"),
        ("> one\n&gt; two\nthree", "<blockquote>one\ntwo</blockquote>three"),
        ("a\n```\nx < y *z*\n```\nb", "a\n<pre>x &lt; y *z*</pre>\nb"),
        (":tada: :unknown_one:", "🎉 :unknown_one:"),
    ],
)  # fmt: skip
def test_reads_as_in_slack(text: str, html: str):
    assert to_html(text) == html


def test_verbatim_text_makes_no_links_by_itself():
    assert to_html("see https://x.example", verbatim=True) == "see https://x.example"


def test_emoji_have_pictures_or_names():
    assert (emoji("wave"), emoji("nobody_knows")) == ("👋", ":nobody_knows:")
