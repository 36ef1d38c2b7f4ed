import java.util.Map;
import java.util.StringJoiner;

/** Texts by their names as one line of JSON; what is null is left out. */
public class Json {
    static String text(Map<String, String> values) {
        StringJoiner out = new StringJoiner(",", "{", "}");
        values.forEach((name, value) -> {
            if (value != null) {
                out.add(quoted(name) + ":" + quoted(value));
            }
        });
        return out.toString();
    }

    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char unit : text.toCharArray()) {
            out.append(String.format("\\u%04x", (int) unit));
        }
        return out.append('"').toString();
    }
}
