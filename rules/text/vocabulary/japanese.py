"""Japanese: headings, placeholders and scenario words.

Japanese has no spaces, so a whole run of characters counts as one word. `Vocabulary` says what each list is for.
"""

from rules.text.vocabulary.vocabulary import Vocabulary, phrases

JAPANESE = Vocabulary(
    criteria=phrases("""
        受け入れ基準, 受入基準, 受入れ基準, 受け入れ条件, 受入条件, 受入れ条件, 受け入れ要件, 受入要件, 完了条件,
        完了の条件, 完了基準, 完了の定義, 完成の定義, 合格条件, 達成基準, 合格基準, 承認基準,
        アクセプタンスクライテリア, 受け入れクライテリア
    """),
    headings_only=phrases("受け入れテスト, 受入テスト, 確認項目, 確認事項, 検収条件, 検収基準"),
    qualifiers=phrases("要件, 要求, 要求事項, 仕様, テスト, 機能, 案, 追加, 新しい, 主な"),
    done_when=phrases("完了とみなす条件"),
    other_sections=phrases("""
        背景, 概要, 説明, 目的, 備考, メモ, 補足, 詳細, 実装, 実装方針, 対応方針, 対応内容, 依存関係, リスク, 例,
        課題, ユーザーストーリー
    """),
    ignored_sections=phrases("""
        対象外, スコープ外, 未決事項, 質問, 確認したいこと, リンク, 参考, 参考資料, 添付, 添付ファイル, タスク,
        サブタスク
    """),
    expected=phrases("期待する結果, 期待される結果, 期待結果, 期待する動作, 期待される動作, 期待動作, あるべき姿"),
    steps=phrases("再現手順, 手順"),
    actual=phrases("実際の結果, 実際の動作, 現象, 現状の動作"),
    placeholders=phrases("""
        未定, 未記入, 未設定, 未確定, 未決定, なし, 無し, 無, 特になし, 特に無し, 後で, 後日, 追って, 追って記載,
        追記予定, 後で記載, 後で記入, 後で追記, 検討中, 調整中, 確認中, 準備中, 該当なし, 同上, 上記参照, 説明参照,
        不明, 要確認, 要検討, これから, ダミー, テスト, 空, 受け入れ基準1, 基準, 条件
    """),
    template_instructions=phrases("ここに記載, ここに記入, ここに書く, ここに"),
    promise_endings=phrases("""
        追記予定, 追記する, 追記します, 後で書く, 後で決める, 後ほど追記, 後ほど記載, 書く予定,
        記載予定, 記載する予定, 後で追記, 後で記載, 記入予定, 決める, 決める予定,
        決定予定, 定義予定, 未定, 検討中, 検討します, 追加予定, 追加します, 補足予定, 確認中, まだない, まだ未定,
        まだ決まっていない, 記載してください, 記入してください, 書いてください, 入力してください, 記述してください,
        説明してください, 別途記載, 別途, 別途連携, 後ほど, 調整中, 相談中, 要相談
    """),
    pointers=phrases("参照, 詳細は参照"),
    pointer_endings=phrases("""
        参照, を参照, 参照のこと, 参照してください, をご参照ください, をご覧ください, を見てください, を見る, に記載,
        に記載あり, に記載済み, の通り, のとおり, に準ずる
    """),
    given=phrases("前提"),
    when=phrases("もし"),
    then=phrases("ならば"),
    spike_names=phrases("調査, 技術調査, 検証"),
)
