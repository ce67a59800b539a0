"""Chinese, simplified and traditional: headings, placeholders and scenario words.

Chinese has no spaces, so a whole run of characters counts as one word. `Vocabulary` says what each list is for.
"""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

CHINESE = Vocabulary(
    criteria=phrases("""
        验收标准, 验收条件, 验收准则, 验收要求, 接受标准, 接受条件, 接收标准, 完成标准, 完成条件, 完成定义, 完成的定义,
        通过标准, 驗收標準, 驗收條件, 驗收準則, 驗收要求, 接受標準, 接受條件, 完成標準, 完成條件, 完成定義, 完成的定義
    """),
    headings_only=phrases("验收, 验收测试, 测试用例, 驗收, 驗收測試, 測試案例"),
    qualifiers=phrases("需求, 要求, 规格, 规范, 测试, 功能, 草案, 主要, 新增, 規格, 測試"),
    other_sections=phrases("""
        背景, 概述, 描述, 说明, 目的, 目标, 备注, 补充, 详情, 详细信息, 实现, 实现方案, 解决方案, 依赖, 风险, 示例,
        例子, 用户故事, 說明, 目標, 備註, 補充, 詳情, 實作, 解決方案, 相依, 風險, 範例, 使用者故事
    """),
    ignored_sections=phrases("""
        范围外, 不在范围内, 未决问题, 待定问题, 问题, 链接, 附件, 任务, 子任务, 參考, 参考, 範圍外, 不在範圍內, 問題,
        連結, 任務, 子任務
    """),
    expected=phrases("预期结果, 期望结果, 预期行为, 期望行为, 預期結果, 期望結果, 預期行為"),
    steps=phrases("步骤, 重现步骤, 复现步骤, 步驟, 重現步驟"),
    actual=phrases("实际结果, 实际行为, 當前行為, 当前行为, 實際結果"),
    placeholders=phrases("""
        待定, 待补充, 待确认, 待完善, 待讨论, 待填写, 未定, 暂无, 暂定, 无, 没有, 略, 不适用, 同上, 如上, 见上,
        见上文, 见描述, 见标题, 稍后, 稍后补充, 以后, 未知, 测试, 空, 待補充, 待確認, 待討論, 待填寫, 暫無, 無, 沒有,
        不適用, 見上, 見描述, 稍後, 稍後補充, 標準, 标准, 条件, 條件, 验收标准1
    """),
    template_instructions=phrases("""
        请描述, 请填写, 请在此, 请补充, 在此描述, 在此填写, 請描述, 請填寫, 請在此, 請補充, 在此填寫
    """),
    promise_endings=phrases("""
        补充, 待补充, 后补充, 稍后补充, 后续补充, 再补充, 再定, 再确定, 待定, 待确认, 待讨论, 待定义, 讨论中, 确认中,
        进行中, 还没有, 尚未定义, 尚未确定, 補充, 待補充, 稍後補充, 後續補充, 再補充, 再確定, 待確認, 待討論, 討論中,
        確認中, 還沒有, 尚未定義, 尚未確定, 后面补, 再补, 后补, 产品确认, 来补, 待补
    """),
    pointers=phrases("""
        见, 参见, 参考, 详见, 请见, 请参见, 请参阅, 请参考, 请看, 參見, 參考, 詳見, 見, 請見, 請參見, 請參閱, 請參考,
        請看
    """),
    pointer_endings=phrases("所述, 中所述, 所示"),
    given=phrases("假如, 假设, 假定, 假設"),
    when=phrases("当, 當"),
    then=phrases("那么, 那麼"),
    spike_names=phrases("调研, 技术调研, 预研, 調研"),
)
